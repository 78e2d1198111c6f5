#include "dissectors/smtp/fields.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <array>

namespace smtpscope::smtp {
namespace {

constexpr std::size_t field_octets_max = 2000;       // RFC 5322 has 998 a line; what is longer is cut
constexpr std::size_t report_octets_max = 64 * 1024;  // of the body; the status stands before the returned message
constexpr std::size_t report_recipients_max = 8;

// The field's value if it has this name, which ends in the colon.
std::optional<std::string_view> value_of(std::string_view field, std::string_view name) noexcept {
  if (!ascii::starts_no_case(field, name)) return std::nullopt;
  return ascii::trim(field.substr(name.size()));
}

std::string_view without_brackets(std::string_view id) noexcept {
  const bool has_them = id.size() > 2 && id.starts_with('<') && id.ends_with('>');
  return has_them ? id.substr(1, id.size() - 2) : id;
}

struct KeptField {
  std::string_view name;
  std::optional<std::string> HeaderFields::*value;
};
constexpr std::array kept_fields = {
    KeptField{"From:", &HeaderFields::from},
    KeptField{"To:", &HeaderFields::to},
    KeptField{"Subject:", &HeaderFields::subject},
    KeptField{"Date:", &HeaderFields::date},
    KeptField{"Message-ID:", &HeaderFields::message_id},
    KeptField{"Content-Type:", &HeaderFields::content_type},
    KeptField{"Content-Transfer-Encoding:", &HeaderFields::content_transfer_encoding},
};

}  // namespace

FieldReader::Taken FieldReader::take(std::string_view octets) {
  if (told_) field_.clear();
  told_ = false;
  std::size_t at = 0;
  while (at < octets.size()) {
    if (at_line_end_) {
      at_line_end_ = false;
      if (!ascii::is_blank(octets[at])) {
        told_ = true;
        return {at, Found::field};
      }
    }
    const std::size_t lf = std::min(octets.find('\n', at), octets.size());
    const std::size_t room = field_octets_max - std::min(field_octets_max, field_.size());
    field_.append(octets.substr(at, std::min(lf - at, room)));
    if (lf == octets.size()) return {lf, Found::nothing};
    at = lf + 1;
    if (field_.ends_with('\r')) field_.pop_back();
    if (field_.empty()) return {at, Found::end};
    at_line_end_ = true;
  }
  return {at, Found::nothing};
}

void HeaderFields::add(std::string_view field) {
  if (value_of(field, "Received:")) ++received;
  for (const KeptField& kept : kept_fields) {
    const auto value = value_of(field, kept.name);
    if (!value) continue;
    std::optional<std::string>& place = this->*kept.value;
    if (place) return;
    place.emplace(kept.value == &HeaderFields::message_id ? without_brackets(*value) : *value);
    return;
  }
}

void ReportReader::take(std::string_view octets, std::vector<DeliveryStatus>& found) {
  octets = octets.substr(0, report_octets_max - octets_);
  octets_ += octets.size();
  while (!octets.empty() && !over_) {
    const FieldReader::Taken taken = fields_.take(octets);
    if (taken.found == FieldReader::Found::field) add(fields_.field(), found);
    // The first empty line ends the header of the part, the second that of the message in it.
    if (taken.found == FieldReader::Found::end && part_ == Part::original && ++ends_ == 2) over_ = true;
    octets.remove_prefix(taken.octets);
  }
  if (octets_ == report_octets_max) over_ = true;
}

// The status comes first, then the message that it is about, or its header.
void ReportReader::add(std::string_view field, std::vector<DeliveryStatus>& found) {
  if (const auto type = value_of(field, "Content-Type:"); type && part_ != Part::original) {
    const auto is = [&type](std::string_view name) { return ascii::starts_no_case(*type, name); };
    part_ = is("message/delivery-status") || is("message/global-delivery-status") ? Part::status
            : is("message/rfc822") || is("message/global") || is("text/rfc822-headers") ? Part::original
                                                                                         : Part::other;
    return;
  }
  if (part_ == Part::original) add_original(field, found);
  if (part_ == Part::status) add_status(field, found);
}

void ReportReader::add_original(std::string_view field, std::vector<DeliveryStatus>& found) {
  if (const auto id = value_of(field, "Message-ID:")) {
    for (DeliveryStatus& status : found) status.message_id = without_brackets(*id);
    over_ = true;
  }
  if (field.starts_with("--")) over_ = true;
}

void ReportReader::add_status(std::string_view field, std::vector<DeliveryStatus>& found) {
  if (field.starts_with("--")) {
    part_ = Part::other;
    return;
  }
  const auto untyped = [](std::string_view value) {
    const std::size_t type = value.find(';');
    return std::string(ascii::trim(type == std::string_view::npos ? value : value.substr(type + 1)));
  };
  if (const auto recipient = value_of(field, "Final-Recipient:")) {
    if (found.size() == report_recipients_max) {
      over_ = true;
      return;
    }
    found.emplace_back().recipient = untyped(*recipient);
  }
  if (found.empty()) return;  // fields of the whole message
  if (const auto action = value_of(field, "Action:")) found.back().action = *action;
  if (const auto status = value_of(field, "Status:")) found.back().status = *status;
  if (const auto diagnostic = value_of(field, "Diagnostic-Code:")) found.back().diagnostic = untyped(*diagnostic);
}

}  // namespace smtpscope::smtp
