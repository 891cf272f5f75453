"""x"""
HANDLERS = ()
