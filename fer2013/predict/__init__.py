"""Predict facial expressions in pictures with a trained model.

    from fer2013 import load_model

    model = load_model("champion")
    for face in model("picture.jpg"):
        print(face.label, face.probabilities[face.label], face.box)

    pictures     a file, a PIL image or an array → RGB → 48×48 grey faces, like those of FER2013
    detection    finds the faces in a picture
    model        finds faces and predicts their expressions
    description  what is known of a model: name, scores, weights
    loading      loads a model by its name, folder or file
    onnx_backend, torch_backend   compute the probabilities
    sources, records, drawing, command   the command `fer2013 predict`

This folder needs numpy, OpenCV and onnxruntime only; torch is imported if a model has no ONNX file.
`make wheel` packs this folder into a wheel, so nothing here may import code that the wheel lacks.
"""
