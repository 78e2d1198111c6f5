#include "analyzer/render/json_proxy.hpp"

#include "analyzer/render/json_part.hpp"
#include "analyzer/render/names.hpp"
#include "analyzer/session/proxy.hpp"
#include "dissectors/proxy/facts.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace smtpscope::render {
namespace {

class ProxyWriter : PartWriter {
 public:
  using PartWriter::PartWriter;

  void write();

 private:
  void write_address(std::string_view key, const proxy::Address& address);
  void write_tlvs(const proxy::Facts& said);
  void write_request(const proxy::Facts& said);
};

void ProxyWriter::write() {
  const session::ProxyFacts& proxy = *session_.proxy;
  const proxy::Facts& said = proxy.said;
  json_.begin_object();
  json_.key("protocol").text(proxy::name_of(said.protocol));
  if (proxy::is_header(said.protocol)) {
    json_.key("local").truth(said.local);
    write_address("client", said.client);
    write_address("server", said.server);
    if (said.protocol == proxy::Protocol::proxy_v2) write_tlvs(said);
    if (said.malformed) json_.key("malformed").truth(true);
    if (proxy.answered < session_.exchanges.size())
      json_.key("answered_by_exchange").number(proxy.answered + 1);
  } else {
    write_request(said);
  }
  frame(proxy.begun);
  json_.key("octets").begin_object();
  json_.key("client").number(proxy.octets[static_cast<std::size_t>(Side::client)]);
  json_.key("server").number(proxy.octets[static_cast<std::size_t>(Side::server)]);
  json_.end_object();
  json_.end_object();
}

void ProxyWriter::write_address(std::string_view key, const proxy::Address& address) {
  json_.chosen_key(key);
  using Kind = proxy::Address::Kind;
  if (address.kind == Kind::none) return json_.null();
  json_.begin_object();
  if (address.kind == Kind::path) {
    json_.key("path");
    wire(address.text);
  } else {
    json_.chosen_key(address.kind == Kind::name ? "host" : "ip");
    wire(session::host_of(address));
    json_.key("port").number(address.port);
  }
  json_.end_object();
}

void ProxyWriter::write_tlvs(const proxy::Facts& said) {
  std::size_t others = 0;
  json_.key("tlvs").begin_object();
  for (const proxy::Tlv& tlv : said.tlvs) {
    const std::string_view name = name_of_tlv(tlv.type);
    const auto first = std::ranges::find(said.tlvs, tlv.type, &proxy::Tlv::type);
    if (name.empty() || &*first != &tlv) {  // a key stands once
      ++others;
      continue;
    }
    json_.chosen_key(name);
    wire(tlv.value);
  }
  if (said.tls) {
    json_.key("ssl_certificate").truth(said.tls->certificate);
    json_.key("ssl_verified").truth(said.tls->verified);
  }
  if (others > 0) json_.key("others").number(others);
  json_.end_object();
}

void ProxyWriter::write_request(const proxy::Facts& said) {
  write_address("destination", said.asked ? said.destination : proxy::Address());
  if (!said.user.empty()) {
    json_.key("user");
    wire(said.user);
  }
  if (!said.password.empty()) json_.key("password").text(redactor_.response(said.password));
  if (!said.authorization.empty()) {
    json_.key("authorization").text(redactor_.response(said.authorization));
  }
  json_.key("granted").truth(said.granted);
  if (said.answer) json_.key("code").number(*said.answer);
  const std::string_view meaning =
      said.answer ? proxy::meaning_of(said.protocol, *said.answer) : std::string_view();
  const std::string_view words = meaning.empty() ? std::string_view(said.refusal) : meaning;
  if (words.empty()) return;
  json_.key("text");
  wire(words);
}

}  // namespace

void write_proxy(JsonWriter& json, const session::Session& session, const Redactor& redactor) {
  ProxyWriter(json, session, redactor).write();
}

}  // namespace smtpscope::render
