# `make` tells what there is. Everything runs in .venv, which `make setup` fills.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup demo data pull test lint format recover pictures wandb-log

help:  ## tell what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/'

setup: .venv/installed  ## install requirements.txt into .venv

.venv/installed: requirements.txt
	test -d .venv || python3 -m venv .venv
	pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

demo: setup  ## clone into demo/ and run the main job there on the built-in sample
	python -m tools.demo

data: setup  ## FROM=folder: check FER2013's CSV files and put them under DVC
	python -m tools.data $(FROM)

pull: setup  ## bring the committed models' weights from weights/ (no data or account needed)
	dvc pull --allow-missing

test: setup  ## run the tests
	pytest --quiet --numprocesses 2 --dist loadfile

lint: setup  ## ruff and mypy
	ruff check .
	ruff format --check .
	mypy

format: setup  ## let ruff mend what it can
	ruff check --fix .
	ruff format .

pictures: setup  ## draw docs/augment/: what each augmentation chain does to faces
	python -m tools.pictures

wandb-log: setup  ## MODEL=name: send a committed result to W&B (WANDB_MODE says where to)
	python -m tools.wandb_log $(MODEL)

recover: setup  ## mend dvc.lock after DVC was killed while it wrote it
	python -m tools.recover
