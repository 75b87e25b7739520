-- Raise an error that goes back to the client with a code that it can act on; anything else raised is a defect.
return function(code, message, ...)
  error({ code = code, msg = message:format(...) }, 0)
end
