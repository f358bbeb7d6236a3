"""A trained model as an ONNX file, in 32 and in 8 bits, with what is known of it inside."""
