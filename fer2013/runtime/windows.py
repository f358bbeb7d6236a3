"""The pipeline needs what Windows lacks, such as process groups and fork."""

ON_WINDOWS = (
    "error: on Windows this runs in WSL only: install it with wsl --install, then clone and run it "
    "there."
)
