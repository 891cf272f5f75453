"""An object renderer after ITU-R BS.2127: arrays in, arrays out.

It stands on numpy and scipy alone and reads no files: audio is an array of (frames, objects), metadata one
`ObjectBlocks` for each object, loudspeakers a `Layout` by its ITU-R BS.2051 name.
"""

from typing import Final

# Raised with every change that can be heard or measured in a render; approvals and manifests name it.
VERSION: Final = "1.1"
