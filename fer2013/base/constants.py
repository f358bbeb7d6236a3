"""The classes, the size of a face, and how the parts of the data set are called."""

CLASSES = ("Angry", "Disgust", "Fear", "Happy", "Sad", "Surprise", "Neutral")
SIDE = 48  # a face is SIDE × SIDE grey pixels

# Which part of the challenge a row is of, as the CSV files name it, and our name for rows that
# come without a label.
TRAINING, PUBLIC_TEST, PRIVATE_TEST, UNLABELLED = USAGES = (
    "Training",
    "PublicTest",
    "PrivateTest",
    "Unlabelled",
)

# What the split makes of them. Training becomes train and val.
PARTS = ("train", "val", "public_test", "private_test", "unlabelled")
