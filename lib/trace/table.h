// Rows in columns: the typesetting of pictures.
#pragma once

#include <string>
#include <vector>

namespace slotproof::trace {

struct Row {
  static constexpr int kAcross = -1;

  int column = 0;  // kAcross: over all of them
  int indent = 0;  // in steps of two blanks
  std::string text;
  bool marked = false;
  bool detail = false;  // less important than others

  friend bool operator==(const Row&, const Row&) = default;
};

struct TableStyle {
  int columns = 100;
  bool colour = false;
  int max_rows = 80;
};

// Where rows come again and again in the same order, as in a loop that waits, keeps them once and
// says how often they came.
std::vector<Row> without_repeats(const std::vector<Row>& rows);

// Sets the rows below the headings. Lines stay within style.columns; longer texts are continued
// below.
std::string table_text(const std::vector<std::string>& headings, const std::vector<Row>& rows,
                       const TableStyle& style);

}  // namespace slotproof::trace
