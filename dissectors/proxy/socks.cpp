#include "dissectors/proxy/socks.hpp"

#include "dissectors/proxy/cursor.hpp"

namespace smtpscope::proxy {
namespace {

using State = Reading::State;

constexpr unsigned connect = 1;
constexpr unsigned granted_4 = 90;
enum Method : unsigned { no_login = 0x00, by_password = 0x02, none_of_these = 0xff };

Reading none() {
  Reading reading;
  reading.state = State::none;
  return reading;
}

// ---- SOCKS 4 ------------------------------------------------------------------------------------
// 04 01 port address user NUL; 4a: the address is 0.0.0.x, and a name and NUL follow.
bool read_request_4(Cursor& cursor, Facts& facts) {
  (void)cursor.take(2);
  const std::uint16_t port = cursor.number();
  facts.destination = cursor.ipv4();
  const auto& octets = facts.destination.octets;
  const bool by_name = octets[0] == 0 && octets[1] == 0 && octets[2] == 0 && octets[3] != 0;
  facts.user = cursor.up_to('\0');
  facts.protocol = Protocol::socks4;
  if (by_name) {
    facts.protocol = Protocol::socks4a;
    facts.destination = {};
    facts.destination.kind = Address::Kind::name;
    facts.destination.text = cursor.up_to('\0');
  }
  facts.destination.port = port;
  facts.asked = !cursor.is_short();
  return facts.asked;
}

Reading read_4(std::string_view client, std::string_view server) {
  if (client.size() > 1 && client[1] != connect) return none();
  Reading reading;
  reading.is_known = true;
  Cursor request(client);
  (void)read_request_4(request, reading.facts);
  Cursor reply(server);
  const unsigned version = reply.octet();
  const unsigned code = reply.octet();
  if (!server.empty() &&
      (version != 0 || (server.size() > 1 && (code < granted_4 || code > granted_4 + 3)))) {
    return none();
  }
  (void)reply.take(6);
  if (reply.is_short() || !reading.facts.asked) return reading;
  reading.state = State::whole;
  reading.octets = {request.at(), reply.at()};
  reading.facts.answer = code;
  reading.facts.granted = code == granted_4;
  return reading;
}

// ---- SOCKS 5 ------------------------------------------------------------------------------------
struct Answers5 {
  std::optional<unsigned> method, login, code;
  std::size_t octets = 0;
  bool wrong = false;
};

Address read_address(Cursor& cursor) {
  enum Type : unsigned { v4 = 1, name = 3, v6 = 4 };
  Address address;
  switch (cursor.octet()) {
    case v4:
      address = cursor.ipv4();
      break;
    case v6:
      address = cursor.ipv6();
      break;
    case name:
      address.kind = Address::Kind::name;
      address.text = cursor.take(cursor.octet());
      break;
    default:
      return address;
  }
  address.port = cursor.number();
  return address;
}

// 05 method, [01 status,] 05 code 00 address
Answers5 read_answers_5(std::string_view server) {
  Answers5 answers;
  Cursor cursor(server);
  if (cursor.octet() != 5 && !server.empty()) answers.wrong = true;
  const unsigned method = cursor.octet();
  if (cursor.is_short() || answers.wrong) return answers;
  answers.method = method;
  answers.octets = cursor.at();
  answers.wrong = method != no_login && method != by_password && method != none_of_these;
  if (method == by_password) {
    const unsigned version = cursor.octet();
    const unsigned status = cursor.octet();
    if (cursor.is_short()) return answers;
    answers.wrong = version != 1;
    answers.login = status;
    answers.octets = cursor.at();
    if (status != 0) return answers;
  }
  if (answers.wrong || method == none_of_these) return answers;
  const unsigned version = cursor.octet();
  const unsigned code = cursor.octet();
  (void)cursor.octet();
  const Address bound = read_address(cursor);
  if (cursor.is_short()) return answers;
  answers.wrong = version != 5 || bound.kind == Address::Kind::none;
  answers.code = code;
  answers.octets = cursor.at();
  return answers;
}

// 05 n methods, [01 user password,] 05 01 00 address. Gives how many octets of it are there, as far
// as whole messages go; nothing if it is something else. What follows a message that was refused is
// none of them.
std::optional<std::size_t> read_requests_5(std::string_view client, const Answers5& answers,
                                           Facts& facts) {
  Cursor cursor(client);
  (void)cursor.octet();
  const unsigned methods = cursor.octet();
  if (!cursor.is_short() && methods == 0) return std::nullopt;
  (void)cursor.take(methods);
  if (cursor.is_short()) return 0;
  std::size_t whole = cursor.at();
  if (answers.method == static_cast<unsigned>(none_of_these)) return whole;
  if (cursor.rest().starts_with('\x01')) {
    (void)cursor.octet();
    const std::string_view user = cursor.take(cursor.octet());
    const std::string_view password = cursor.take(cursor.octet());
    if (cursor.is_short()) return whole;
    facts.user = user;
    facts.password = password;
    whole = cursor.at();
    if (answers.login.value_or(0) != 0) return whole;
  }
  const unsigned version = cursor.octet();
  if (cursor.is_short()) return whole;
  const unsigned command = cursor.octet();
  (void)cursor.octet();
  if (version != 5 || (!cursor.is_short() && command != connect)) return std::nullopt;
  Address destination = read_address(cursor);
  if (cursor.is_short()) return whole;
  if (destination.kind == Address::Kind::none) return std::nullopt;
  facts.destination = std::move(destination);
  facts.asked = true;
  return cursor.at();
}

Reading read_5(std::string_view client, std::string_view server) {
  Reading reading;
  reading.is_known = true;
  Facts& facts = reading.facts;
  facts.protocol = Protocol::socks5;
  const Answers5 answers = read_answers_5(server);
  const auto asked = read_requests_5(client, answers, facts);
  if (!asked || answers.wrong) return none();
  facts.answer = answers.code;
  facts.granted = answers.code == 0U;
  if (answers.method == static_cast<unsigned>(none_of_these))
    facts.refusal = "no way to log in that the client offers";
  if (answers.login.value_or(0) != 0) facts.refusal = "login refused";
  const bool is_over = !facts.refusal.empty() || (facts.asked && facts.answer);
  if (is_over) reading.state = State::whole;
  reading.octets = {*asked, answers.octets};
  return reading;
}

}  // namespace

Reading read_socks(std::string_view client, std::string_view server) {
  if (client.starts_with('\x04')) return read_4(client, server);
  if (client.starts_with('\x05')) return read_5(client, server);
  return client.empty() ? Reading{} : none();
}

}  // namespace smtpscope::proxy
