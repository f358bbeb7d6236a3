"""Ask a trained model about pictures.

    from fer2013 import load_model

    model = load_model("champion")
    for face in model("picture.jpg"):
        print(face.label, face.probabilities[face.label], face.box)

    pictures     a file, a PIL image or an array → RGB
    detection    where the faces are
    crops        picture → the 48×48 grey crops that a model was trained on
    model        faces and their probabilities
    loading      a model by its name, folder or file
    onnx_backend, torch_backend   what computes the probabilities
    sources, records, drawing, progress, command   the command `fer2013 predict`

This folder needs numpy, OpenCV and onnxruntime only; torch is imported if a model has no ONNX file.
The wheel that `make wheel` builds is this folder, so nothing here may import what the wheel lacks.
"""
