#include "trace/table.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace slotproof::trace {
namespace {

constexpr std::string_view kMark = ">> ";
constexpr std::string_view kNoMark = "   ";
constexpr std::string_view kBorder = " | ";
constexpr int kLeastWidth = 12;
// Of a table that is cut, the beginning; and the neighbours of marked rows.
constexpr std::size_t kHead = 12;
constexpr std::size_t kAround = 2;

int size_of(std::string_view text) { return static_cast<int>(text.size()); }

// How wide each column gets: what it needs, or, if that is too much in all, an equal share of what
// those leave over that need less.
std::vector<int> fit(std::vector<int> needed, int available) {
  std::vector<int> order(needed.size());
  for (std::size_t c = 0; c < order.size(); ++c) order[c] = static_cast<int>(c);
  std::ranges::sort(order, {}, [&](int c) { return std::pair(needed[c], c); });
  int left = static_cast<int>(needed.size());
  for (const int c : order) {
    needed[c] = std::min(needed[c], std::max(available / left, kLeastWidth));
    available -= needed[c];
    --left;
  }
  return needed;
}

// Cuts `text` into lines of at most `width`, at blanks where there are any. All but the first are
// `hang` shorter.
std::vector<std::string_view> wrap(std::string_view text, int width, int hang) {
  std::vector<std::string_view> lines;
  for (;;) {
    const auto most = static_cast<std::size_t>(std::max(width - (lines.empty() ? 0 : hang), 1));
    if (text.size() <= most) break;
    std::size_t at = text.rfind(' ', most);
    const bool blank = at != std::string_view::npos && at > 0;
    if (!blank) at = most;
    lines.push_back(text.substr(0, at));
    text.remove_prefix(at + (blank ? 1 : 0));
  }
  lines.push_back(text);
  return lines;
}

class Table {
 public:
  Table(const std::vector<std::string>& headings, const std::vector<Row>& rows, TableStyle style)
      : headings_(headings), rows_(rows), style_(style) {
    std::vector<int> needed;
    for (const std::string& heading : headings) needed.push_back(size_of(heading));
    for (const Row& row : rows) {
      if (row.column == Row::kAcross) continue;
      needed[row.column] = std::max(needed[row.column], 2 * row.indent + size_of(row.text));
    }
    const int borders = (static_cast<int>(headings.size()) - 1) * size_of(kBorder);
    widths_ = fit(std::move(needed), style.columns - size_of(kMark) - borders);
  }

  std::string text() {
    add_headings();
    const std::vector<bool> kept = choose_rows();
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      if (kept[r]) {
        add(rows_[r]);
        continue;
      }
      const std::size_t first = r;
      while (r + 1 < rows_.size() && !kept[r + 1]) ++r;
      add({Row::kAcross, 0, fmt::format("... {} rows left out ...", r - first + 1), false, true});
    }
    return std::move(text_);
  }

 private:
  std::vector<bool> choose_rows() const {
    const std::size_t count = rows_.size();
    const auto most = static_cast<std::size_t>(style_.max_rows);
    std::vector<bool> kept(count, count <= most);
    if (count <= most) return kept;
    const std::size_t tail = most - std::min(kHead, most);
    for (std::size_t r = 0; r < count; ++r) {
      if (r < kHead || r + tail >= count) kept[r] = true;
      if (!rows_[r].marked) continue;
      const std::size_t from = r - std::min(r, kAround);
      for (std::size_t n = from; n < std::min(count, r + kAround + 1); ++n) kept[n] = true;
    }
    return kept;
  }

  void add_headings() {
    std::vector<std::string> rules;
    for (const int width : widths_) rules.emplace_back(static_cast<std::size_t>(width), '-');
    std::string line(kNoMark);
    for (std::size_t c = 0; c < headings_.size(); ++c) {
      fmt::format_to(std::back_inserter(line), "{}{:{}}", c == 0 ? "" : kBorder, headings_[c],
                     widths_[c]);
    }
    finish(std::move(line), {});
    finish(fmt::format("{}{}", kNoMark, fmt::join(rules, "-+-")), {});
  }

  void add(const Row& row) {
    const bool across = row.column == Row::kAcross;
    const int width = across ? style_.columns - size_of(kMark) : widths_[row.column];
    // Deep rows must not be squeezed into nothing.
    const int indent = std::min(2 * row.indent, width / 2);
    bool first = true;
    for (const std::string_view piece : wrap(row.text, width - indent, 2)) {
      std::string line(first && row.marked ? kMark : kNoMark);
      const int columns = across ? 1 : static_cast<int>(widths_.size());
      for (int c = 0; c < columns; ++c) {
        if (c > 0) line += kBorder;
        const bool here = across || c == row.column;
        const int blanks = indent + (first ? 0 : 2);
        const std::string cell = here ? fmt::format("{:{}}{}", "", blanks, piece) : std::string();
        fmt::format_to(std::back_inserter(line), "{:{}}", cell, across ? 0 : widths_[c]);
      }
      finish(std::move(line), row.marked ? "1;31" : row.detail ? "2" : "");
      first = false;
    }
  }

  // Adds the line without the blanks at its end.
  void finish(std::string line, std::string_view colour) {
    line.resize(line.find_last_not_of(' ') + 1);
    const bool coloured = style_.colour && !colour.empty();
    if (coloured) fmt::format_to(std::back_inserter(text_), "\033[{}m", colour);
    text_ += line;
    text_ += coloured ? "\033[0m\n" : "\n";
  }

  const std::vector<std::string>& headings_;
  const std::vector<Row>& rows_;
  TableStyle style_;
  std::vector<int> widths_;
  std::string text_;
};

}  // namespace

std::vector<Row> without_repeats(const std::vector<Row>& rows) {
  constexpr std::size_t kLongestPeriod = 8;
  constexpr std::size_t kLeastTimes = 4;
  std::vector<Row> left;
  for (std::size_t r = 0; r < rows.size();) {
    std::size_t period = 0;
    std::size_t times = 0;
    while (times < kLeastTimes && ++period <= kLongestPeriod) {
      std::size_t same = 0;
      while (r + period + same < rows.size() && rows[r + same] == rows[r + period + same]) ++same;
      times = 1 + same / period;
    }
    const bool repeats = times >= kLeastTimes;
    if (!repeats) period = 1;
    left.insert(left.end(), rows.begin() + static_cast<std::ptrdiff_t>(r),
                rows.begin() + static_cast<std::ptrdiff_t>(r + period));
    r += repeats ? period * times : 1;
    if (repeats) {
      Row note = left.back();
      note.text = fmt::format("({}, {} times)",
                              period == 1 ? "this" : fmt::format("these {}", period), times);
      left.push_back(std::move(note));
    }
  }
  return left;
}

std::string table_text(const std::vector<std::string>& headings, const std::vector<Row>& rows,
                       const TableStyle& style) {
  return Table(headings, rows, style).text();
}

}  // namespace slotproof::trace
