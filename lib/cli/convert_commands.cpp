// slotproof print, encode, decode: one form of a case from another.
#include <algorithm>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/session.h"
#include "program/bytes.h"
#include "program/text.h"
#include "report/json.h"
#include "report/reproducer.h"

namespace slotproof::cli {
namespace {

struct ConvertOptions : Options {
  std::string file;
  std::string output;
};

CLI::App* add_command(CLI::App& app, const char* name, const char* what, const char* file,
                      ConvertOptions& options) {
  CLI::App* const command = app.add_subcommand(name, what);
  command->add_option("FILE", options.file, file)->type_name("")->required();
  add_json_option(*command, options);
  return command;
}

void add_output_option(CLI::App& command, ConvertOptions& options) {
  command.add_option("-o,--output", options.output, "Write to this file")->type_name("FILE");
}

// Gives the text, or the document that has it as a member.
void put_text(const ConvertOptions& options, const char* command, std::string_view text) {
  if (!options.output.empty()) {
    write_file(options.output, text);
  } else if (options.json) {
    put_json({{"schema_version", report::kSchemaVersion}, {"command", command}, {"text", text}});
  } else {
    put(text);
  }
}

int print(const ConvertOptions& options) {
  put_text(options, "print", program::print(read_input(options.file, Form::kText).text));
  return 0;
}

int encode(const ConvertOptions& options) {
  const Input input = read_input(options.file, Form::kText);
  const program::Case& test_case = input.text.test_case;
  const bool lossy = std::ranges::any_of(test_case.choices.choices, [](const choice::Choice& c) {
    return c.answer > program::kMaxEncodedAnswer;
  });
  if (lossy) {
    note(fmt::format("{}: bytes hold answers up to {} only; larger ones became that", input.name,
                     program::kMaxEncodedAnswer));
  }
  if (test_case.program.rules != program::Rules{}) {
    throw UserError(fmt::format(
        "{}: bytes cannot say `gil off` or `careless`; remove the line, and give{} to what runs "
        "the bytes",
        input.name, rules_options(test_case.program.rules)));
  }
  const std::vector<std::uint8_t> bytes = program::encode(test_case);
  if (options.json) {
    put_json({{"schema_version", report::kSchemaVersion},
              {"command", "encode"},
              {"bytes_version", program::kBytesVersion},
              {"bytes", bytes}});
    return 0;
  }
  const std::string_view raw(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  options.output.empty() ? put(raw) : write_file(options.output, raw);
  return 0;
}

int decode(const ConvertOptions& options) {
  Session session(options);
  const Input input = read_input(options.file, Form::kBytes, session.language());
  run_input(session, input, report::replay_command(session.slot(), options.file));
  const report::RunView view = session.runner().view();
  put_text(options, "decode", program::print({{view.program, view.choices}, {}, {}}));
  return 0;
}

}  // namespace

void add_print(CLI::App& app, Action& action) {
  const auto options = std::make_shared<ConvertOptions>();
  CLI::App* const command = add_command(app, "print", "Print a program in the one canonical way",
                                        "The text of a program", *options);
  add_output_option(*command, *options);
  command->callback([options, &action] { action = [options] { return print(*options); }; });
}

void add_encode(CLI::App& app, Action& action) {
  const auto options = std::make_shared<ConvertOptions>();
  CLI::App* const command = add_command(app, "encode", "Turn text into a fuzzer's bytes",
                                        "The text of a program", *options);
  add_output_option(*command, *options);
  command->callback([options, &action] { action = [options] { return encode(*options); }; });
}

void add_decode(CLI::App& app, Action& action) {
  const auto options = std::make_shared<ConvertOptions>();
  CLI::App* const command =
      add_command(app, "decode", "Turn a fuzzer's bytes into text", "A fuzzer's input", *options);
  add_slot_option(*command, *options);
  add_rules_options(*command, *options);
  add_output_option(*command, *options);
  command->footer("Which choices bytes mean depends on what is asked: the program is run once.");
  command->callback([options, &action] { action = [options] { return decode(*options); }; });
}

}  // namespace slotproof::cli
