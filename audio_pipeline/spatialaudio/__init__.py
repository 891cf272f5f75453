"""An object-based renderer after ITU-R BS.2127: arrays in, arrays out."""
