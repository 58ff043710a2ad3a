"""Every small change of the slot library: what scripts/mutants --systematic plants.

Clang's parser says where memory orders, comparisons and statements are; nothing here knows what
they mean. The changes are the same, in the same order, each time.
"""

import collections
import dataclasses
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import project

try:
    from clang import cindex
    from clang.cindex import Cursor, CursorKind, Token, TokenKind
except ModuleNotFoundError:
    project.die("python3-clang-19 is missing; scripts/setup --with mutants installs it")

LIB = Path("lib")
LIBRARY = "/usr/lib/x86_64-linux-gnu/libclang-19.so.1"    # that of the bindings
SOURCES = re.compile(r"^\s+(c10/\S+\.cpp)$", re.MULTILINE)

# One step down; acq_rel has two.
WEAKER = {"seq_cst": ["acq_rel"], "acq_rel": ["acquire", "release"], "acquire": ["relaxed"],
          "release": ["relaxed"], "consume": ["relaxed"], "relaxed": []}
# Token, what its cursor must be, what it becomes, and what that is called.
OPERATORS = {
    "==": ({CursorKind.BINARY_OPERATOR}, "!=", "comparison"),
    "!=": ({CursorKind.BINARY_OPERATOR}, "==", "comparison"),
    "&&": ({CursorKind.BINARY_OPERATOR}, "||", "condition"),
    "||": ({CursorKind.BINARY_OPERATOR}, "&&", "condition"),
    "!": ({CursorKind.UNARY_OPERATOR, CursorKind.MACRO_DEFINITION}, "", "condition"),
    "~": ({CursorKind.UNARY_OPERATOR}, "", "bits"),
    "&": ({CursorKind.BINARY_OPERATOR}, "|", "bits"),
    "|": ({CursorKind.BINARY_OPERATOR}, "&", "bits"),
    "true": (None, "false", "constant"),
    "false": (None, "true", "constant"),
}
# A condition that is none of these is negated as a whole; these change by their operator.
CHANGE_BY_THEMSELVES = (CursorKind.BINARY_OPERATOR, CursorKind.UNARY_OPERATOR)
WRAPPERS = (CursorKind.UNEXPOSED_EXPR, CursorKind.PAREN_EXPR)
# What is a statement of its own, or has some inside.
BLOCKS = (CursorKind.COMPOUND_STMT, CursorKind.CASE_STMT, CursorKind.DEFAULT_STMT)
KEPT = (CursorKind.DECL_STMT, CursorKind.NULL_STMT, CursorKind.COMPOUND_STMT,
        CursorKind.CASE_STMT, CursorKind.DEFAULT_STMT)
FUNCTIONS = (CursorKind.FUNCTION_DECL, CursorKind.CXX_METHOD, CursorKind.CONSTRUCTOR,
             CursorKind.DESTRUCTOR, CursorKind.FUNCTION_TEMPLATE)


@dataclass(frozen=True)
class Change:
    """Replaces `old`, which begins at `offset` of `file`, by `new`."""

    file: str        # below lib/
    offset: int
    line: int
    old: str
    new: str
    kind: str        # order, comparison, condition, bits, constant, statement, result, member
    function: str    # in which it is; "" if in none
    number: int = 1  # of those that are called the same

    @property
    def name(self) -> str:
        """Says what is changed, without the line, which moves."""
        where = f"{self.file.removeprefix('c10/')} {self.function}".rstrip()
        what = f"{where}: {shown(self.old)} -> {shown(self.new) or 'nothing'}"
        return what if self.number == 1 else f"{what} #{self.number}"

    def apply(self, root: Path) -> None:
        path = root / self.file
        text = path.read_bytes()
        old = self.old.encode()
        assert text[self.offset:self.offset + len(old)] == old
        path.write_bytes(text[:self.offset] + self.new.encode() + text[self.offset + len(old):])


def shown(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 72 else f"{line[:48]} ... {line[-20:]}"


def closing_parenthesis(text: bytes, begin: int) -> int:
    """The one that closes the first behind `begin`."""
    depth = 0
    for found in re.finditer(rb"[()]", text[begin:]):
        depth += 1 if found[0] == b"(" else -1
        if depth == 0:
            return begin + found.start()
    raise ValueError("no parenthesis is closed")


class Finder:
    """The changes of one translation unit's files."""

    def __init__(self, unit: cindex.TranslationUnit, root: Path):
        self.unit = unit
        self.root = root.resolve()
        self.texts: dict[str, bytes] = {}

    def file_of(self, cursor: Cursor | Token) -> str | None:
        """Below lib/, if it is one of the slot library's."""
        location = cursor.location
        if location.file is None:
            return None
        path = Path(location.file.name).resolve()
        if not path.is_relative_to(self.root / "c10"):
            return None
        name = path.relative_to(self.root).as_posix()
        self.texts.setdefault(name, path.read_bytes())
        return name

    def change(self, file: str, begin: int, end: int, new: str, kind: str,
               function: str) -> Change:
        text = self.texts[file]
        return Change(file, begin, 1 + text[:begin].count(b"\n"), text[begin:end].decode(), new,
                      kind, function)

    def find(self) -> Iterator[Change]:
        yield from self.in_tree(self.unit.cursor, "")
        for name in list(self.texts):
            yield from self.in_tokens(name)

    # ---- What is told by the tree ----

    def in_tree(self, cursor: Cursor, function: str) -> Iterator[Change]:
        for child in cursor.get_children():
            top = cursor.kind == CursorKind.TRANSLATION_UNIT
            if top and self.file_of(child) is None:
                continue
            inside = child.spelling if child.kind in FUNCTIONS else function
            if child.kind == CursorKind.STATIC_ASSERT:
                continue
            if self.file_of(child) is not None and inside:
                yield from self.of_node(child, inside)
            yield from self.in_tree(child, inside)

    def of_node(self, cursor: Cursor, function: str) -> Iterator[Change]:
        children = list(cursor.get_children())
        if cursor.kind in BLOCKS:
            for child in children:
                if cursor.kind == CursorKind.COMPOUND_STMT or child is children[-1]:
                    yield from self.without_statement(child, function)
        if cursor.kind in (CursorKind.IF_STMT, CursorKind.CONDITIONAL_OPERATOR):
            yield from self.negated(children[0], function)
        if cursor.kind == CursorKind.BINARY_OPERATOR and self.between(*children) in ("&&", "||"):
            for child in children:
                yield from self.negated(child, function)
        if (cursor.kind == CursorKind.CALL_EXPR
                and cursor.spelling.startswith("compare_exchange")):
            yield from self.weaker_failure(cursor, function)
        if cursor.kind == CursorKind.CONSTRUCTOR:
            yield from self.without_members(cursor, function)

    def between(self, left: Cursor, right: Cursor) -> str:
        file = self.file_of(left)
        text = self.texts[file][left.extent.end.offset:right.extent.start.offset]
        return text.decode().strip()

    def without_statement(self, statement: Cursor, function: str) -> Iterator[Change]:
        if statement.kind in KEPT or (file := self.file_of(statement)) is None:
            return
        begin, end = statement.extent.start.offset, statement.extent.end.offset
        if begin >= end:
            return
        if statement.kind == CursorKind.RETURN_STMT and list(statement.get_children()):
            yield self.change(file, begin, end, "return {}", "result", function)
            return
        yield self.change(file, begin, end, ";" if self.is_block(statement, file) else "",
                          "statement", function)

    def is_block(self, statement: Cursor, file: str) -> bool:
        """It ends with a brace, and no semicolon is left over."""
        return self.texts[file][statement.extent.end.offset - 1:][:1] == b"}"

    def negated(self, condition: Cursor, function: str) -> Iterator[Change]:
        inner = condition
        while inner.kind in WRAPPERS and len(children := list(inner.get_children())) == 1:
            inner = children[0]
        file = self.file_of(condition)
        if inner.kind in CHANGE_BY_THEMSELVES or file is None:
            return
        begin, end = condition.extent.start.offset, condition.extent.end.offset
        text = self.texts[file][begin:end].decode()
        if not text.startswith("TORCH_"):    # a macro, whose conditions are elsewhere
            yield self.change(file, begin, end, f"!({text})", "condition", function)

    def weaker_failure(self, call: Cursor, function: str) -> Iterator[Change]:
        orders = list(call.get_arguments())[2:]
        if len(orders) != 1 or (file := self.file_of(orders[0])) is None:
            return
        begin, end = orders[0].extent.start.offset, orders[0].extent.end.offset
        text = self.texts[file][begin:end].decode()
        yield self.change(file, begin, end, f"{text}, std::memory_order_relaxed", "order", function)

    def without_members(self, constructor: Cursor, function: str) -> Iterator[Change]:
        for member in constructor.get_children():
            if member.kind != CursorKind.MEMBER_REF:
                continue
            file = self.file_of(member)
            text = self.texts[file]
            begin = member.extent.start.offset
            end = closing_parenthesis(text, begin) + 1
            # With the comma behind it, or with what stands before it.
            if text[end:end + 1] == b",":
                end += 1
            else:
                begin -= len(re.search(rb"[:,]\s*$", text[:begin])[0])
            yield self.change(file, begin, end, "", "member", function)

    # ---- What is told by a token ----

    def in_tokens(self, name: str) -> Iterator[Change]:
        path = str(self.root / name)
        size = len(self.texts[name])
        file = self.unit.get_file(path)
        extent = cindex.SourceRange.from_locations(
            cindex.SourceLocation.from_offset(self.unit, file, 0),
            cindex.SourceLocation.from_offset(self.unit, file, size))
        for token in self.unit.get_tokens(extent=extent):
            if token.kind == TokenKind.COMMENT or self.in_assertion(token.cursor):
                continue
            begin = token.extent.start.offset
            end = token.extent.end.offset
            function = self.function_of(token.cursor)
            if found := re.fullmatch(r"memory_order_(\w+)", token.spelling):
                for weaker in WEAKER[found[1]]:
                    yield self.change(name, begin, end, f"memory_order_{weaker}", "order", function)
            elif token.spelling in OPERATORS:
                kinds, new, kind = OPERATORS[token.spelling]
                if kinds is None or token.cursor.kind in kinds:
                    yield self.change(name, begin, end, new, kind, function)

    @staticmethod
    def in_assertion(cursor: Cursor | None) -> bool:
        while cursor is not None and cursor.kind != CursorKind.TRANSLATION_UNIT:
            if cursor.kind == CursorKind.STATIC_ASSERT:
                return True
            cursor = cursor.semantic_parent
        return False

    def function_of(self, cursor: Cursor) -> str:
        best, size = "", None
        for function in self.functions():
            if (function.location.file and cursor.location.file
                    and function.location.file.name == cursor.location.file.name
                    and function.extent.start.offset <= cursor.location.offset
                    < function.extent.end.offset):
                length = function.extent.end.offset - function.extent.start.offset
                if size is None or length < size:
                    best, size = function.spelling, length
        return best

    def functions(self) -> list[Cursor]:
        if not hasattr(self, "functions_"):
            self.functions_ = []
            for child in self.unit.cursor.get_children():
                if self.file_of(child) is not None:
                    self.functions_ += [cursor for cursor in child.walk_preorder()
                                        if cursor.kind in FUNCTIONS and cursor.is_definition()]
        return self.functions_


def sources() -> list[str]:
    """Of the slot library, below lib/."""
    cmake = (LIB / "c10" / "CMakeLists.txt").read_text(encoding="utf-8")
    return SOURCES.findall(cmake)


def all_changes(clang: str = "clang++-19") -> list[Change]:
    """Each once, by file and place."""
    if not cindex.Config.loaded:
        cindex.Config.set_library_file(LIBRARY)
    resources = subprocess.run([clang, "-print-resource-dir"], capture_output=True, text=True,
                               check=True).stdout.strip()
    arguments = ["-std=c++20", "-DNDEBUG", f"-I{LIB.resolve()}", "-resource-dir", resources]
    index = cindex.Index.create()
    found: dict[tuple, Change] = {}
    for source in sources():
        unit = index.parse(str(LIB.resolve() / source), arguments,
                           options=cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD)
        errors = [str(d) for d in unit.diagnostics if d.severity >= cindex.Diagnostic.Error]
        if errors:
            project.die(f"{source} does not compile: {errors[0]}")
        for change in Finder(unit, LIB).find():
            found.setdefault((change.file, change.offset, change.old, change.new), change)
    numbers: collections.Counter[str] = collections.Counter()
    numbered = []
    for change in sorted(found.values(), key=lambda c: (c.file, c.offset, c.old, c.new)):
        numbers[change.name] += 1
        numbered.append(dataclasses.replace(change, number=numbers[change.name]))
    return numbered
