# `make` lists the targets. Everything runs in .venv, which `make setup` creates.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
unexport PYTHONSAFEPATH  # the commands are in the current folder

.DEFAULT_GOAL := help
.PHONY: help setup demo data pull test test-long stress lint format lock recover review report tune pictures wheel web wandb-log cluster

# What is said on the command line reaches the tools as it is: neither make nor a shell expands it.
SAID := $(foreach name,FROM MODEL MODELS BASE TRIALS FACES UPGRADE PYTHON,\
	$(if $(filter undefined,$(origin $(name))),,$(name)))
$(foreach name,$(SAID),$(eval override $(name) := $$(value $(name))))
$(if $(SAID),$(eval export $(SAID)))

# The build of torch: cpu, or cuda for an Nvidia GPU. By default the one that .venv has, or cpu.
TORCH ?= $(if $(wildcard .venv/installed-cuda),cuda,cpu)
PYTEST := pytest --quiet --numprocesses 2 --dist loadfile --no-loadscope-reorder

help:  ## list these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/'

setup:  ## install requirements/ and this project into .venv (TORCH=cuda: with CUDA; PYTHON=python3.12)
	@sh tools/setup.sh $(TORCH)

demo: setup  ## clone this repository into demo/ and train there on the built-in sample
	python -m tools.demo

data: setup  ## FROM=folder: check FER2013 (CSV files, image folders or an archive) and put it under DVC
	python -m tools.data "$$FROM"

pull: setup  ## fetch the committed models' weights from weights/ (needs neither data nor account)
	dvc pull --allow-missing

test: setup  ## run the tests, except those that take longest
	$(PYTEST) -m "not long"

test-long: setup  ## run the tests that take longest
	$(PYTEST) -m long

stress: setup  ## run the stress tests: hours, on Linux; fewer cases without root or user namespaces
	python -m tests.stress.full_disk 6
	python -m tests.stress.kill_matrix 60 --seed 0
	python -m tests.stress.byte_identity

lint: setup  ## check the code with ruff and mypy
	ruff check .
	ruff format --check .
	mypy

format: setup  ## format the code and apply ruff's automatic fixes
	ruff check --fix .
	ruff format .

pictures: setup  ## draw docs/augment/: examples of each augmentation
	python -m tools.pictures

review: setup  ## BASE=branch: compare parameters, stages and scores of HEAD with those of BASE
	python -m tools.review "$$BASE"

tune: setup  ## MODEL=name TRIALS=20: search the hyperparameters of tune.yaml (CLUSTER=4: on SLURM, 4 at a time)
	python -m tools.tune $${MODEL:+"$$MODEL"} $${TRIALS:+"$$TRIALS"} $${CLUSTER:+--cluster "$$CLUSTER"}

cluster: setup  ## run the pipeline on SLURM, a job for each model (MODELS="mentor champion": only these)
	python -m tools.cluster $$MODELS

wheel: setup  ## build dist/fer2013-….whl of the exported champion, for use without torch and DVC
	python -m tools.wheel

web: setup  ## build site/, a page that runs the trained models in the browser (needs npm)
	python -m tools.web

report: setup  ## write report.html: all results in one page (FACES=no: without faces, to share it)
	python -m tools.report $$(test "$$FACES" != no || echo --no-faces)

wandb-log: setup  ## MODEL=name: log a committed result to W&B (WANDB_MODE=online or offline)
	python -m tools.wandb_log "$$MODEL"

lock: setup  ## compile requirements.txt into requirements/ (UPGRADE=1: with the newest versions)
	python -m tools.lock $${UPGRADE:+--upgrade}

recover: setup  ## repair files that DVC left incomplete when it was killed
	python -m tools.recover
