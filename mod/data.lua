require("prototypes.assistant")
require("prototypes.endpoints")
require("prototypes.power")
