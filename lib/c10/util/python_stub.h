#pragma once

// The name of a Python object, without Python. A slot keeps pointers to such objects and never
// looks inside, so the declaration that CPython's own headers repeat is all that it needs.
struct _object;
using PyObject = _object;
