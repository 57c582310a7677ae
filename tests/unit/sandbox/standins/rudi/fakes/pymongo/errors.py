"""The one fault that the stand-in looks at."""


class PyMongoError(Exception):
    """Whatever went wrong."""
