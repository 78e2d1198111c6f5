#include "analyzer/render/json_message.hpp"

#include "analyzer/render/json_part.hpp"
#include "analyzer/render/names.hpp"
#include "dissectors/mail/words.hpp"
#include "dissectors/smtp/message.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::render {
namespace {

class MessageWriter : PartWriter {
 public:
  MessageWriter(JsonWriter& json, const session::Session& session, const Redactor& redactor,
                const delivery::TransactionVerdict* verdict)
      : PartWriter(json, session, redactor), verdict_(verdict) {}

  void write(const smtp::Message& message);

 private:
  void write_header(const smtp::HeaderFields& header);
  void write_text(const smtp::TextFacts& text);
  void write_odd_ends(const std::vector<smtp::OddEnd>& ends);
  void write_reports(const std::vector<smtp::DeliveryStatus>& reports);

  const delivery::TransactionVerdict* verdict_;
};

void MessageWriter::write(const smtp::Message& message) {
  json_.begin_object();
  json_.key("octets");
  message.not_shown ? json_.null() : json_.number(message.octets);
  json_.key("missing");
  message.not_shown ? json_.null() : json_.number(message.missing);
  json_.key("message_id");
  message.header.message_id ? wire(*message.header.message_id) : json_.null();
  json_.key("subject");
  message.header.subject ? wire(*message.header.subject) : json_.null();
  json_.key("complete").truth(message.complete);
  if (!message.digest.empty()) json_.key("digest").text("sha256:" + message.digest);
  if (message.not_shown) return json_.end_object();
  write_header(message.header);
  write_text(message.text);
  write_odd_ends(message.odd_ends);
  write_reports(message.reports);
  json_.end_object();
}

// Fields of the header that are there, as sent.
void MessageWriter::write_header(const smtp::HeaderFields& header) {
  const auto field = [this](std::string_view key, const std::optional<std::string>& value) {
    if (!value) return;
    json_.chosen_key(key);
    wire(*value);
  };
  if (header.subject && mail::has_encoded_words(*header.subject)) {
    json_.key("subject_decoded");
    wire(mail::decode_words(*header.subject));
  }
  field("from", header.from);
  field("to", header.to);
  field("date", header.date);
  field("content_type", header.content_type);
  field("content_transfer_encoding", header.content_transfer_encoding);
  json_.key("received").number(header.received);
}

// Counts of what stands in a text; with each fault, where the first one is.
void MessageWriter::write_text(const smtp::TextFacts& text) {
  const auto fault = [this](std::string_view key, std::uint64_t count,
                            const Boxed<smtp::MessageSpot>& first) {
    if (count == 0 || !first) return;
    json_.chosen_key(key).begin_object();
    json_.key("count").number(count);
    json_.key("first_at").number(first->offset);
    frame(first->origin);
    json_.end_object();
  };
  json_.key("text").begin_object();
  json_.key("longest_line").number(text.longest_line);
  json_.key("longest_at").number(text.longest_at.offset);
  if (text.long_lines > 0) json_.key("long_lines").number(text.long_lines);
  fault("bare_lf", text.bare_lf, text.first_bare_lf);
  fault("bare_cr", text.bare_cr, text.first_bare_cr);
  fault("nul", text.nul, text.first_nul);
  fault("undoubled_dots", text.undoubled_dots, text.first_undoubled_dot);
  json_.key("eight_bit").truth(text.first_8bit.has_value());
  if (text.first_8bit) json_.key("eight_bit_at").number(text.first_8bit->offset);
  json_.end_object();
}

void MessageWriter::write_odd_ends(const std::vector<smtp::OddEnd>& ends) {
  if (ends.empty()) return;
  json_.key("odd_ends").begin_array();
  for (const smtp::OddEnd& end : ends) {
    json_.begin_object();
    json_.key("before").text(name_of(end.before));
    json_.key("behind").text(name_of(end.behind));
    json_.key("at").number(end.dot.offset);
    frame(end.dot.origin);
    json_.key("command");
    wire_or_null(end.command);
    json_.key("taken").truth(end.taken);
    json_.end_object();
  }
  json_.end_array();
}

void MessageWriter::write_reports(const std::vector<smtp::DeliveryStatus>& reports) {
  if (reports.empty()) return;
  json_.key("reports").begin_array();
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const smtp::DeliveryStatus& report = reports[i];
    const bool is_judged = verdict_ != nullptr && i < verdict_->reports.size();
    const delivery::ReportVerdict why =
        is_judged ? verdict_->reports[i] : delivery::ReportVerdict();
    json_.begin_object();
    json_.key("recipient");
    wire(report.recipient);
    json_.key("action");
    wire_or_null(report.action);
    json_.key("status");
    wire_or_null(report.status);
    json_.key("diagnostic");
    wire_or_null(report.diagnostic);
    json_.key("remote_mta");
    wire_or_null(report.remote_mta);
    json_.key("message_id");
    wire_or_null(report.message_id);
    json_.key("reason").text_or_null(why.reason);
    json_.key("permanent");
    why.permanent ? json_.truth(*why.permanent) : json_.null();
    json_.key("fault").text(delivery::to_string(why.fault));
    json_.end_object();
  }
  json_.end_array();
}

}  // namespace

void write_message(JsonWriter& json, const session::Session& session, const Redactor& redactor,
                   const Boxed<smtp::Message>& message,
                   const delivery::TransactionVerdict* verdict) {
  if (!message) return json.null();
  MessageWriter(json, session, redactor, verdict).write(*message);
}

}  // namespace smtpscope::render
