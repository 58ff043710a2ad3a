#pragma once

// Marks what other binaries may link to. The library is the same with and without the mark; it
// matters to those who compile with -fvisibility=hidden and put the slot into a plug-in.
#define C10_API [[gnu::visibility("default")]]
