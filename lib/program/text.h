// The text form of a case: what people review, what the corpus keeps, what a reproducer is.
//
//   # Two interpreters meet at a slot that neither has seen tagged.    the story
//   slotproof 1                    the version line
//   gil off                        free-threaded Python; left out: there is a GIL
//   careless                       callers break promises; left out: they do not
//   private x1 0                   only thread 0 knows x1, until it does `escape`
//   thread 0
//     A wrap x0                    attached to interpreter A
//     A init x1 definitely
//     - drop x1                    - for a detached thread
//     A check x0 ignore
//   thread 1
//     B tag x0
//   choices v1:3t1.s2              left out: all answers are 0
//   expect data-race               any of several words; left out: nothing is said
//
// One statement a line, in this order (`choices` and `expect` may change places); words are
// separated by blanks or tabs, and `#` starts a comment. README.md lists the verbs and what they
// take.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "program/program.h"

namespace slotproof::program {

// What a text says. A value is *well-formed* if the text form can hold it, which is what parse()
// gives:
//  - at most kMaxOperations operations in all; interpreters, tensors and arguments in range, and 0
//  where the verb takes
//    none; no detached thread for a verb that needs an interpreter; no `transfer` of a tensor to
//    itself;
//  - `private_to` is kShared or the number of a thread; choices have no dull tail;
//  - words of `expect` are made of a to z and '-'; lines of `story` are separated by '\n', none
//  ends in a blank, and
//    there is no other control character than tabs.
struct ProgramText {
  Case test_case;
  // Any of these is the verdict to get. The words belong to a layer above: here they are only
  // words.
  std::vector<std::string> expect;
  // The comment lines above the first statement (the version line aside), without their '#' and one
  // blank.
  std::string story;

  friend bool operator==(const ProgramText&, const ProgramText&) = default;
};

// The first mistake of a text.
struct ParseError {
  int line = 0;         // from 1
  int column = 0;       // from 1, in bytes
  std::string message;  // what was found, what was expected, and what to do about it

  friend bool operator==(const ParseError&, const ParseError&) = default;
};

// The text of a well-formed value, in the one canonical way: parse(print(t)) gives t.
std::string print(const ProgramText& text);

// One operation as it stands in the text: "A init x1 definitely".
std::string print(const Operation& operation);

// Takes any text that follows the grammar, CRLF and a missing newline at the end included. On a
// mistake gives false, describes it in `error` and leaves `into` as it was. Any bytes may come: it
// takes linear time and stops at the first mistake.
bool parse(std::string_view text, ProgramText& into, ParseError& error);

}  // namespace slotproof::program
