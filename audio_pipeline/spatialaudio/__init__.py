"""A renderer after ITU-R BS.2127 for objects, beds and sound fields: arrays in, arrays out.

It stands on numpy, scipy and loops of its own in C, and reads no files but its own table of points: audio is an array
of (frames, columns), metadata a `Column` for each of them, loudspeakers a `Layout` by its ITU-R BS.2051 name.
"""

from typing import Final

# Raised with every change that can be heard or measured in a render; approvals and manifests name it.
VERSION: Final = "1.3"
