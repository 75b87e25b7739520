require("prototypes.endpoints")
