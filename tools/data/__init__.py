"""From what people download of FER2013 to data/raw."""
