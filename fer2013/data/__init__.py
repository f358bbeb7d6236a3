"""From CSV files to split faces: reading, checking, splitting, describing, drawing samples."""
