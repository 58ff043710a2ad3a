#include "report/words.h"

#include <charconv>

#include <fmt/format.h>

#include "oracle/model.h"
#include "program/text.h"
#include "report/fault.h"

namespace slotproof::report {
namespace {

using machine::Event;
using machine::EventKind;
using machine::Halt;
using world::CallRecord;
using world::Raised;
using world::SlotCall;

// How much of an exception's text a call shows where it is not the point.
constexpr std::size_t kShortText = 24;

// Numbers up to here are no addresses.
constexpr std::uint64_t kLargestNumber = 0xffff;

std::string_view access_word(EventKind kind) {
  switch (kind) {
    case EventKind::kRead:
    case EventKind::kLoad:
    case EventKind::kCasFail: return "reads";
    case EventKind::kFree: return "frees";
    default: return "writes";
  }
}

// AddressSanitizer's first lines name a process and addresses; this names the thing and the
// threads.
std::string address_sentence(const RunView& run) {
  const Fault fault = find_fault(run);
  const Event& access = run.machine.events()[run.machine.ending().second];
  const std::string place = run.world.name_of(access.address);
  std::string text = fmt::format("{} {} {}", thread_name(access.thread), access_word(access.kind),
                                 place.empty() ? "memory" : place);
  const machine::EventIndex freed = fault.events.front();
  if (freed != run.machine.ending().second) {
    fmt::format_to(std::back_inserter(text), ", which {} has freed",
                   thread_name(run.machine.events()[freed].thread));
    return text;
  }
  return fmt::format("{} ({})", text, error_class(run.machine.ending().text));
}

// The machine counts root as thread 0, and root always waits for the others; programs count without
// it.
std::string deadlock_sentence(std::string_view text) {
  constexpr std::string_view kThread = "thread ";
  const std::size_t after_root = text.find("; ");
  if (text.starts_with("thread 0 ") && after_root != std::string_view::npos) {
    text.remove_prefix(after_root + 2);
  }
  std::string renamed;
  for (std::size_t at = 0; (at = text.find(kThread)) != std::string_view::npos;) {
    renamed += text.substr(0, at);
    text.remove_prefix(at + kThread.size());
    int number = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    renamed += error == std::errc{} ? thread_name(static_cast<machine::ThreadId>(number))
                                    : std::string(kThread);
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  }
  return renamed + std::string(text);
}

}  // namespace

std::string without_addresses(const world::World& world, std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    std::uint64_t address = 0;
    if (text.starts_with("0x")) {
      const char* const end = text.data() + text.size();
      const auto [rest, error] = std::from_chars(text.data() + 2, end, address, 16);
      if (error == std::errc{} && address > kLargestNumber) {
        const std::string name = world.name_of(address);
        clean += name.empty() ? "?" : name;
        text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
        continue;
      }
    }
    const auto byte = static_cast<unsigned char>(text.front());
    clean += byte < 0x20 || byte == 0x7f ? '?' : text.front();
    text.remove_prefix(1);
  }
  return clean;
}

std::string_view error_class(std::string_view text) {
  constexpr std::string_view kBefore = "ERROR: AddressSanitizer: ";
  const std::size_t at = text.find(kBefore);
  if (at == std::string_view::npos) return text.substr(0, text.find('\n'));
  text.remove_prefix(at + kBefore.size());
  return text.substr(0, text.find_first_of(" \n"));
}

std::string sentence(const RunView& run) {
  const oracle::Judgement& judgement = run.judgement;
  if (judgement.verdict == oracle::Verdict::kAddress) return address_sentence(run);
  if (judgement.verdict == oracle::Verdict::kDeadlock) return deadlock_sentence(judgement.sentence);
  return without_addresses(run.world, judgement.sentence);
}

std::string thread_name(machine::ThreadId thread) {
  return thread == 0 ? "root" : fmt::format("thread {}", thread - 1);
}

std::string call_text(const RunView& run, const CallRecord& call, bool whole) {
  const std::string text = oracle::describe(call);
  if (!call.finished) return text + " ...";
  std::string result = without_addresses(run.world, oracle::describe_result(call));
  if (call.result.raised == Raised::kNothing && !call.result.has_value &&
      call.call != SlotCall::kCheck) {
    if (call.decrefs == 0) return text;
    result = fmt::format("{} decref", call.decrefs);
  }
  const std::size_t quote = result.find('"');
  if (!whole && quote != std::string::npos && result.size() > quote + 1 + kShortText) {
    const std::size_t blank = result.rfind(' ', quote + 1 + kShortText);
    result.resize(blank > quote ? blank : quote + 1 + kShortText);
    result += " ...\"";
    if (call.decrefs > 0) result += fmt::format(", {} decref", call.decrefs);
  }
  return fmt::format("{} -> {}", text, result);
}

std::string operation_text(const RunView& run, const world::OperationRecord& operation) {
  if (operation.index == world::kTeardown) return "root, at the end";
  return program::print(run.program.threads[operation.thread - 1][operation.index]);
}

std::string_view done_word(world::Done done) {
  switch (done) {
    case world::Done::kDone: return "done";
    case world::Done::kSkipped: return "skipped";
    case world::Done::kRunning: break;
  }
  return "running";
}

}  // namespace slotproof::report
