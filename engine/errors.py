"""What can go wrong in the engine, for callers to tell apart.

EngineError
├── InvalidRequest      the caller's input cannot be served as given: too long, empty, out of range
│   └── UnreadableImage         a picture file is damaged, cut off, or has no pixels
│       ├── UnknownImageFormat  it is not one of the formats that are decoded
│       ├── ImageTooManyPixels  its header says more pixels than are taken
│       └── ImageTakesTooLong   it is made so that reading it takes more computing than is given
├── LoadError           a checkpoint cannot be loaded: missing files, keys or an unsupported kind
│   └── NotShared       the fast path would compute it wrongly; transformers' own forward pass may do
├── BadScore            the reward model computed something that is not a number
├── BadText             the policy computed something that is not a number
├── BadPicture          a model computed something that is not a number for a picture
├── ServerError         a server that was asked for a model is down, stuck, or answered what cannot be used
├── OutOfMemory         the device has no room, after every smaller batch was tried
└── EngineClosed        the engine was shut down
"""


class EngineError(Exception):
    """Base of every error the engine raises on purpose. The message is written for the person who asked."""


class InvalidRequest(EngineError):
    """The request cannot be served as given; the message says which value, and what is accepted."""


class UnreadableImage(InvalidRequest):
    """A picture file cannot be decoded; the message says what is accepted."""


class UnknownImageFormat(UnreadableImage):
    """A picture file is not one of the formats that are decoded; the message says what it seems to be."""


class ImageTooManyPixels(UnreadableImage):
    """A picture's header says more pixels than are taken."""


class ImageTakesTooLong(UnreadableImage):
    """A picture file takes more computing to read than it is given."""


class LoadError(EngineError):
    """A checkpoint cannot be loaded; the message names the folder and what is missing or unsupported."""


class NotShared(LoadError):
    """A checkpoint's prompts cannot be read once for all solutions; the message says why."""


class BadScore(EngineError):
    """The reward model computed something that is not a number; the message names the step."""


class BadText(EngineError):
    """The policy computed something that is not a number, so no word could be chosen."""


class BadPicture(EngineError):
    """A model computed something that is not a number for a picture; the message names the model."""


class ServerError(EngineError):
    """A model server is down, stuck, refuses, or answered what cannot be used; the message names it and what to do."""


class OutOfMemory(EngineError):
    """The device has no room for the request, after every smaller batch was tried."""


class EngineClosed(EngineError):
    """The engine was shut down while the request waited or ran."""
