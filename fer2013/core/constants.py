"""The classes, the size of a face, and the names of the parts of the data set."""

CLASSES = ("Angry", "Disgust", "Fear", "Happy", "Sad", "Surprise", "Neutral")
SIDE = 48  # a face is SIDE × SIDE grey pixels

# The values of the CSV files' column Usage, and our name for rows without a label.
TRAINING, PUBLIC_TEST, PRIVATE_TEST, UNLABELLED = USAGES = (
    "Training",
    "PublicTest",
    "PrivateTest",
    "Unlabelled",
)

# The parts after the split, in which Training becomes train and val.
PARTS = ("train", "val", "public_test", "private_test", "unlabelled")
