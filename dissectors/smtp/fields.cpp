#include "dissectors/smtp/fields.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <array>

namespace smtpscope::smtp {
namespace {

// RFC 5322 has 998 a line; what is longer is cut.
constexpr std::size_t field_octets_max = 2000;

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

}  // namespace smtpscope::smtp
