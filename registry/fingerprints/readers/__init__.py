"""Readers of model files: what each says of itself, without loading or trusting it.

``front_door`` reads a file of any format, ``folders`` a folder; ``sources`` has local files.
"""
