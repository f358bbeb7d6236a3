"""Predict facial expressions in pictures with a trained model.

    from fer2013 import load_model

    model = load_model("champion")
    for face in model("picture.jpg"):
        print(face.label, face.probabilities[face.label], face.box)

    pictures     a file, a PIL image or an array → RGB
    detection    finds the faces in a picture
    crops        cuts them out as 48×48 grey faces, like those of FER2013
    model        finds faces and predicts their expressions
    loading      loads a model by its name, folder or file
    onnx_backend, torch_backend   compute the probabilities
    sources, records, drawing, progress, command   the command `fer2013 predict`

This folder needs numpy, OpenCV and onnxruntime only; torch is imported if a model has no ONNX file.
`make wheel` packs this folder into a wheel, so nothing here may import code that the wheel lacks.
"""
