require("prototypes.endpoints")
require("prototypes.power")
