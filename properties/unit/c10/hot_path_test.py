#!/usr/bin/python3
"""Reads the machine code of the slot's fast paths and compares it with a budget.

Every conversion of a C++ object to Python goes through `check_pyobj`, so what the slot library does
for safety must not show there. This test compiles a few calls with -O2 -DNDEBUG, disassembles them,
follows every branch from the entry of the function, and takes the *passing paths*: those that
return and touch the object word (for the destruction of a slot that owns nothing: the shortest one
that returns). On each passing path it counts

  tag reads     loads of the first word of the slot
  object reads  loads of the second
  other reads   any other load; the hermetic flag takes two: its place in the thread, and itself
  writes        stores, pushes included
  branches      conditional ones

and compares with the budget in SUBJECTS. Nowhere on a passing path may be a call, a jump out of the
function, a loop, a locked instruction or a fence. For `check_pyobj(self)` the three branches are:
is there a tag, is it another's, is the thread hermetic. Code that the compiler has moved out of the
function counts as left, as does a call of anything with "throw" in its name.

Then it does the same with functions that are too slow in one way each (SLOW), and fails unless it
convicts all of them of just that. Exit code: 0 good, 1 bad, 77 not an x86-64 compiler.
"""

import argparse
import dataclasses
import pathlib
import re
import subprocess
import sys
import tempfile

PREAMBLE = """
#include <c10/core/impl/PyObjectSlot.h>
#include <atomic>
using namespace c10::impl;
using enum PyInterpreterStatus;
extern PyObject* volatile somewhere;
bool is_hermetic();
[[noreturn]] void throw_null();
PyObject* elsewhere(const PyObjectSlot& slot, PyInterpreter* self);
"""

CHECK = "PyObject* subject(const PyObjectSlot& slot, PyInterpreter* self)"
INIT = "void subject(PyObjectSlot& slot, PyInterpreter* self, PyObject* object)"


@dataclasses.dataclass
class Cost:
    """What a path does; as a budget, what it may do at most."""

    tag_reads: int = 0
    object_reads: int = 0
    other_reads: int = 0
    writes: int = 0
    branches: int = 0
    forbidden: list = dataclasses.field(default_factory=list)

    def excess(self, budget):
        """The names of all that is over `budget`, and whatever is never allowed."""
        counted = [f.name for f in dataclasses.fields(self) if f.name != "forbidden"]
        over = [f"{name.replace('_', ' ')}: {getattr(self, name)}, allowed {getattr(budget, name)}"
                for name in counted if getattr(self, name) > getattr(budget, name)]
        return over + self.forbidden


MAYBE_DESTROY = "_ZN3c104impl12PyObjectSlot19maybe_destroy_pyobjEv"
CHECK_BUDGET = Cost(tag_reads=1, object_reads=1, other_reads=2, branches=3)

# name: (function, or None for MAYBE_DESTROY; budget; which paths)
SUBJECTS = {
    "check_pyobj(self)": (
        CHECK + "{ return slot.check_pyobj(self).value_or(nullptr); }", CHECK_BUDGET, "object"),
    "check_pyobj(self, true)": (
        CHECK + "{ return slot.check_pyobj(self, true).value_or(nullptr); }",
        Cost(tag_reads=1, object_reads=1, branches=2), "object"),
    "init_pyobj(self, object, TAGGED_BY_US)": (
        INIT + "{ slot.init_pyobj(self, object, TAGGED_BY_US); }",
        Cost(writes=1, branches=1), "object"),
    "init_pyobj(self, object, DEFINITELY_UNINITIALIZED)": (
        INIT + "{ slot.init_pyobj(self, object, DEFINITELY_UNINITIALIZED); }",
        Cost(writes=2, branches=1), "object"),
    "maybe_destroy_pyobj() without ownership": (
        None, Cost(object_reads=1, branches=1), "shortest"),
}

# what must be found: (function, the excess that names it)
SLOW = {
    "the tag is loaded twice": (
        CHECK + "{ (void)slot.check_pyobj(self);"
        "  return slot.check_pyobj(self).value_or(nullptr); }",
        "tag reads"),
    "the flag is read through a call": (
        CHECK + "{ return is_hermetic()"
        "  ? nullptr : slot.check_pyobj(self, true).value_or(nullptr); }",
        "call"),
    "one more thing is checked": (
        CHECK + "{ const auto object = slot.check_pyobj(self).value_or(nullptr);"
        "  if (object == somewhere) throw_null(); return object; }",
        "branches"),
    "something is counted": (
        CHECK + "{ const auto object = slot.check_pyobj(self).value_or(nullptr);"
        "  somewhere = object; return object; }",
        "writes"),
    "a fence stands in the way": (
        CHECK + "{ std::atomic_thread_fence(std::memory_order_seq_cst);"
        "  return slot.check_pyobj(self).value_or(nullptr); }",
        "locked instruction or fence"),
    "nothing is inline": (
        CHECK + "{ return elsewhere(slot, self); }",
        "no passing path"),
}

REGISTERS = {}
for letter in "abcd":
    for form in (f"r{letter}x", f"e{letter}x", f"{letter}x", f"{letter}l"):
        REGISTERS["%" + form] = f"%r{letter}x"
for stem in ("si", "di", "bp", "sp"):
    for form in (f"r{stem}", f"e{stem}", stem, f"{stem}l"):
        REGISTERS["%" + form] = f"%r{stem}"
for number in range(8, 16):
    for suffix in ("", "d", "w", "b"):
        REGISTERS[f"%r{number}{suffix}"] = f"%r{number}"

IDLE = re.compile(r"^(nop[wl]?|data16|cs|endbr64|ret[q]?|jmp[q]?|j[a-z]+|call[q]?)$")
CONDITIONAL = re.compile(r"^j(?!mp)[a-z]+$")
COMPARISON = re.compile(r"^(cmp|test|bt)[bwlq]?$")
MOVE = re.compile(r"^(mov[a-z]*|set[a-z]+)$")
FENCE = re.compile(r"^([mls]fence|lock)$")


@dataclasses.dataclass
class Instruction:
    address: int
    mnemonic: str
    operands: list
    relocation: str = ""

    def jump_target(self):
        """Where a jump inside the function goes; None for one that leaves it."""
        if self.relocation or self.operands[0].startswith("*"):
            return None
        return int(self.operands[0].split()[0], 16)


def instructions_of(symbol, text):
    """The instructions of one function in a disassembly, with the relocations that fall in each."""
    start = re.search(rf"^[0-9a-f]+ <{re.escape(symbol)}>:$", text, re.MULTILINE)
    if start is None:
        raise SystemExit(f"hot_path: no function {symbol} in the disassembly")
    instructions = []
    for line in text[start.end():].lstrip("\n").split("\n"):
        relocation = re.match(r"^\s*[0-9a-f]+:\s+(R_X86_64_\S+\s+\S+)", line)
        found = re.match(r"^\s*([0-9a-f]+):\s+([a-z]\S*)\s*(.*)$", line)
        if relocation:
            instructions[-1].relocation = relocation[1]
        elif found:
            rest = re.sub(r"\s+#.*$", "", found[3])
            operands = [part.strip() for part in re.split(r",(?![^(]*\))", rest) if part.strip()]
            instructions.append(Instruction(int(found[1], 16), found[2], operands))
        elif not line.strip() or line.endswith(">:"):
            break
    return instructions


def is_memory(operand):
    return "(" in operand or operand.startswith(("%fs:", "%gs:"))


class Path:
    """One way through a function, walked instruction by instruction."""

    def __init__(self):
        self.cost = Cost()
        self.slot_registers = {"%rdi"}
        self.visited = []
        self.touches_object = False

    def fork(self):
        twin = Path()
        twin.cost = dataclasses.replace(self.cost, forbidden=list(self.cost.forbidden))
        twin.slot_registers = set(self.slot_registers)
        twin.visited = list(self.visited)
        twin.touches_object = self.touches_object
        return twin

    def walk(self, instruction):
        self.visited.append(instruction.address)
        mnemonic, operands = instruction.mnemonic, instruction.operands
        if FENCE.match(mnemonic) or (mnemonic.startswith("xchg") and any(map(is_memory, operands))):
            self.cost.forbidden.append(f"locked instruction or fence at {instruction.address:x}")
        elif mnemonic.startswith("call"):
            self.cost.forbidden.append(f"call at {instruction.address:x}")
        elif CONDITIONAL.match(mnemonic):
            self.cost.branches += 1
        elif mnemonic.startswith("push"):
            self.cost.writes += 1
        elif mnemonic.startswith("pop"):
            self.cost.other_reads += 1
        elif not IDLE.match(mnemonic) and operands:
            if not mnemonic.startswith("lea"):
                self.count_memory(mnemonic, operands)
            self.follow_slot(mnemonic, operands)

    def count_memory(self, mnemonic, operands):
        for position, operand in enumerate(operands):
            if not is_memory(operand):
                continue
            is_target = position == len(operands) - 1 and not COMPARISON.match(mnemonic)
            place = self.place_of(operand)
            self.touches_object |= place == "object"
            if is_target:
                self.cost.writes += 1
            if not (is_target and MOVE.match(mnemonic)):
                name = f"{place}_reads"
                setattr(self.cost, name, getattr(self.cost, name) + 1)

    def place_of(self, operand):
        found = re.match(r"^(0x[0-9a-f]+)?\((%\w+)\)$", operand)
        if found and found[2] in self.slot_registers:
            # The owner bit may be read alone, as a byte: still the object word.
            return {0: "tag", 8: "object"}.get(int(found[1] or "0", 16), "other")
        return "other"

    def follow_slot(self, mnemonic, operands):
        """Keeps track of which registers hold the address of the slot."""
        target = REGISTERS.get(operands[-1])
        if target is None or COMPARISON.match(mnemonic):
            return
        copied = MOVE.match(mnemonic) and REGISTERS.get(operands[0]) in self.slot_registers
        self.slot_registers.discard(target)
        if copied:
            self.slot_registers.add(target)


def returning_paths(instructions):
    """All ways from the entry to a return, each instruction at most once."""
    position_of = {instruction.address: i for i, instruction in enumerate(instructions)}
    pending = [(Path(), 0)]
    returned = []
    while pending:
        path, position = pending.pop()
        while position is not None and position < len(instructions):
            instruction = instructions[position]
            if instruction.address in path.visited:
                path.cost.forbidden.append(f"loop at {instruction.address:x}")
                returned.append(path)
                break
            path.walk(instruction)
            mnemonic = instruction.mnemonic
            if mnemonic.startswith("ret"):
                returned.append(path)
                break
            if mnemonic.startswith("call") and "throw" in instruction.relocation:
                break  # does not come back
            position += 1
            if mnemonic.startswith("jmp"):
                if instruction.jump_target() not in position_of:
                    break  # to another function: cold code, or a call at the end
                position = position_of[instruction.jump_target()]
            elif CONDITIONAL.match(mnemonic):
                target = position_of.get(instruction.jump_target())
                if target is not None:
                    pending.append((path.fork(), target))
    return returned


def passing_paths(instructions, which):
    returned = returning_paths(instructions)
    if which == "shortest":
        return sorted(returned, key=lambda path: len(path.visited))[:1]
    return [path for path in returned if path.touches_object]


def disassembly(options, source, folder):
    """Compiles a source file as a release build would, and takes it apart again."""
    target = pathlib.Path(folder) / "compiled.o"
    subprocess.run([options.compiler, "-std=c++20", "-O2", "-DNDEBUG", "-fno-pic",
                    "-I" + options.include, "-c", str(source), "-o", str(target)], check=True)
    return subprocess.run([options.objdump, "-dr", "--no-show-raw-insn", str(target)], check=True,
                          capture_output=True, text=True).stdout


def complaints_about(instructions, budget, which):
    """What is over budget on any passing path, without repetition."""
    paths = passing_paths(instructions, which)
    if not paths:
        return ["no passing path"]
    return sorted({complaint for path in paths for complaint in path.cost.excess(budget)})


def compiled_functions(options):
    """Name of each subject and slow function -> its instructions."""
    with tempfile.TemporaryDirectory() as folder:
        texts = {name: text for name, (text, *_) in (SUBJECTS | SLOW).items()}
        symbols = {name: f"subject_{number}" for number, name in enumerate(texts)}
        source = pathlib.Path(folder) / "subjects.cpp"
        source.write_text(PREAMBLE + "".join(
            f'extern "C" {text.replace("subject", symbols[name])}\n'
            for name, text in texts.items() if text is not None))
        ours = disassembly(options, source, folder)
        library = disassembly(
            options, pathlib.Path(options.include) / "c10/core/impl/PyObjectSlot.cpp", folder)
        return {name: instructions_of(MAYBE_DESTROY, library) if text is None
                else instructions_of(symbols[name], ours) for name, text in texts.items()}


def main():
    parser = argparse.ArgumentParser(description="Counts what the slot's fast paths cost.")
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--objdump", required=True)
    parser.add_argument("--include", required=True, help="the folder lib/")
    options = parser.parse_args()

    machine = subprocess.run([options.compiler, "-dumpmachine"], check=True, capture_output=True,
                             text=True).stdout
    if not machine.startswith("x86_64"):
        print(f"hot_path: skipped, {machine.strip()} is not x86-64")
        return 77

    functions = compiled_functions(options)
    failures = 0
    for name, (_, budget, which) in SUBJECTS.items():
        complaints = complaints_about(functions[name], budget, which)
        print(f"{name}: {'; '.join(complaints) or 'within budget'}")
        failures += bool(complaints)
    for name, (_, excess) in SLOW.items():
        complaints = complaints_about(functions[name], CHECK_BUDGET, "object")
        found = any(complaint.startswith(excess) for complaint in complaints)
        print(f"planted, {name}: {'found' if found else 'MISSED'} ({'; '.join(complaints)})")
        failures += not found
    print("hot_path:", "ok" if failures == 0 else f"{failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
