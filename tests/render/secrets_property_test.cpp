// Promise 6: for every mechanism, and for secrets made at random, no output shows the secret, in
// clear or in base64, whatever the server repeats of it; unless it was asked for.
#include "analyzer/render/escape.hpp"
#include "tests/render/samples.hpp"
#include "tests/support/catch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>

namespace smtpscope::test {
namespace {

struct Login {
  std::string user;
  std::string password;
  std::string script;                  // what the client and server say, from AUTH on
  std::vector<std::string> responses;  // as sent
};

using Random = std::mt19937;

std::string printable(Random& random, std::size_t least, std::size_t most) {
  std::string text;
  for (std::size_t length = least + random() % (most - least + 1); length > 0; --length) {
    text += static_cast<char>(0x21 + random() % 0x5e);
  }
  return text;
}

const std::string nul(1, '\0');

void say(Login& login, char side, const std::string& line) {
  login.script += fmt::format("{}: {}\n", side, in_script(line));
}
void answer(Login& login, const std::string& line) {
  login.responses.push_back(line);
  say(login, 'C', line);
}
void initial(Login& login, const std::string& mechanism, const std::string& response) {
  login.responses.push_back(response);
  say(login, 'C', "AUTH " + mechanism + ' ' + response);
}

void plain_at_once(Login& login) {
  initial(login, "PLAIN", base64(nul + login.user + nul + login.password));
}
void plain_asked(Login& login) {
  say(login, 'C', "AUTH PLAIN");
  say(login, 'S', "334 ");
  answer(login, base64(nul + login.user + nul + login.password));
}
void plain_without_authzid(Login& login) {  // one NUL is missing, as in some clients
  initial(login, "PLAIN", base64(login.user + nul + login.password));
}
void login_asked(Login& login) {
  say(login, 'C', "auth login");
  say(login, 'S', "334 VXNlcm5hbWU6");
  answer(login, base64(login.user));
  say(login, 'S', "334 UGFzc3dvcmQ6");
  answer(login, base64(login.password));
}
void login_at_once(Login& login) {
  initial(login, "LOGIN", base64(login.user));
  say(login, 'S', "334 UGFzc3dvcmQ6");
  answer(login, base64(login.password));
}
void login_in_clear(Login& login) {  // no base64 at all
  say(login, 'C', "AUTH LOGIN");
  say(login, 'S', "334 VXNlcm5hbWU6");
  answer(login, login.user);
  say(login, 'S', "334 UGFzc3dvcmQ6");
  answer(login, login.password);
}
// What stands for the secret in mechanisms that send a digest of it: as long as MD5's, made of the
// password.
std::string digest_of(const Login& login) {
  std::string digits;
  for (const char c : login.password)
    digits += fmt::format("{:02x}", static_cast<unsigned char>(c));
  digits.resize(32, '7');
  return digits;
}

void cram_md5(Login& login) {
  login.password = digest_of(login);
  say(login, 'C', "AUTH CRAM-MD5");
  say(login, 'S', "334 PDEyMzRAZXhhbXBsZS5jb20+");
  answer(login, base64(login.user + ' ' + login.password));
}
void cram_md5_without_digest(Login& login) {  // the password where the digest should be
  say(login, 'C', "AUTH CRAM-MD5");
  say(login, 'S', "334 PDEyMzRAZXhhbXBsZS5jb20+");
  answer(login, base64(login.user + ' ' + login.password));
}
void digest_md5(Login& login) {
  login.password = digest_of(login);
  say(login, 'C', "AUTH DIGEST-MD5");
  say(login, 'S', "334 " + base64("realm=\"example.com\",nonce=\"OA6MG9tEQGm2hh\",qop=\"auth\""));
  answer(login, base64("username=\"" + login.user +
                       "\",realm=\"example.com\",response=" + login.password));
  say(login, 'S', "334 " + base64("rspauth=ea40f60335c427b5527b84dbabcdfffd"));
  say(login, 'C', "");
}
void scram(Login& login) {
  initial(login, "SCRAM-SHA-256", base64("n,,n=" + login.user + ",r=rOprNGfwEbeRWgbNEkqO"));
  say(login, 'S', "334 " + base64("r=rOprNGfwEbeRWgbNEkqOhvYDp,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
  std::erase(login.password, ',');
  login.password += "proof=";
  answer(login, base64("c=biws,r=rOprNGfwEbeRWgbNEkqOhvYDp,p=" + login.password));
  say(login, 'S', "334 " + base64("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
  say(login, 'C', "");
}
std::string le16(std::size_t value) {
  return {static_cast<char>(value & 0xffU), static_cast<char>(value >> 8 & 0xffU)};
}
void ntlm(Login& login) {
  initial(login, "NTLM",
          base64(std::string("NTLMSSP\0\1\0\0\0\7\2\0\0", 16) + std::string(16, '\0')));
  say(login, 'S', "334 " + base64(std::string("NTLMSSP\0\2\0\0\0", 12) + std::string(36, '\2')));
  std::string table, payload;
  for (const std::string& field : {std::string(24, 'L'), login.password, std::string("EXAMPLE"),
                                   login.user, std::string("DESK"), std::string()}) {
    table +=
        le16(field.size()) + le16(field.size()) + le16(64 + payload.size()) + std::string(2, '\0');
    payload += field;
  }
  answer(login, base64(std::string("NTLMSSP\0\3\0\0\0", 12) + table + std::string("\2\2\0\0", 4) +
                       payload));
}
void gssapi(Login& login) {
  initial(login, "GSSAPI", base64(login.password));  // a token is secret as a whole
  say(login, 'S', "334 YAECAw==");
  say(login, 'C', "");
}
// The server says why, and the client has to answer with nothing.
void oauth_refused(Login& login) {
  initial(login, "XOAUTH2",
          base64("user=" + login.user + "\1auth=Bearer " + login.password + "\1\1"));
  say(login, 'S',
      "334 " +
          base64(R"({"status":"401","schemes":"bearer","scope":"token )" + login.password + "\"}"));
  say(login, 'C', "");
}
void xoauth2(Login& login) {
  initial(login, "XOAUTH2",
          base64("user=" + login.user + "\1auth=Bearer " + login.password + "\1\1"));
}
void oauthbearer(Login& login) {
  say(login, 'C', "AUTH OAUTHBEARER");
  say(login, 'S', "334 ");
  answer(login, base64("n,a=" + login.user + ",\1host=mx.example.com\1port=587\1auth=Bearer " +
                       login.password + "\1\1"));
}
void unknown_mechanism(Login& login) {
  initial(login, "X-SECRET", base64(login.password));
  say(login, 'S', "334 more");
  answer(login, login.password);
}
void no_mechanism(Login& login) {
  const std::string response = base64(nul + login.user + nul + login.password);
  login.responses.push_back(response);
  say(login, 'C', "AUTH " + response);
}
void given_up_with_strays(Login& login) {
  say(login, 'C', "AUTH LOGIN");
  say(login, 'S', "334 VXNlcm5hbWU6");
  say(login, 'C', "*");
  say(login, 'S', "501 5.7.0 given up");
  answer(login, base64(login.user + login.password));
  say(login, 'S', "502 5.5.2 what?");
  answer(login, base64(login.password));
}

struct Way {
  const char* name;
  void (*say)(Login&);
  enum class User { shown, not_told } user;
};
constexpr std::array ways{
    Way{"PLAIN, at once", plain_at_once, Way::User::shown},
    Way{"PLAIN, asked", plain_asked, Way::User::shown},
    Way{"PLAIN, a NUL short", plain_without_authzid, Way::User::not_told},
    Way{"LOGIN, asked", login_asked, Way::User::shown},
    Way{"LOGIN, at once", login_at_once, Way::User::shown},
    Way{"LOGIN, in clear", login_in_clear, Way::User::not_told},
    Way{"CRAM-MD5", cram_md5, Way::User::shown},
    Way{"CRAM-MD5, no digest", cram_md5_without_digest, Way::User::not_told},
    Way{"DIGEST-MD5", digest_md5, Way::User::shown},
    Way{"SCRAM", scram, Way::User::shown},
    Way{"NTLM", ntlm, Way::User::shown},
    Way{"GSSAPI", gssapi, Way::User::not_told},
    Way{"XOAUTH2", xoauth2, Way::User::shown},
    Way{"XOAUTH2, refused", oauth_refused, Way::User::shown},
    Way{"OAUTHBEARER", oauthbearer, Way::User::shown},
    Way{"a mechanism that nobody knows", unknown_mechanism, Way::User::not_told},
    Way{"no mechanism", no_mechanism, Way::User::not_told},
    Way{"given up, and stray answers", given_up_with_strays, Way::User::not_told},
};

// The server repeats what it heard in all sorts of ways, and so do findings and the verdict.
Told told_with(Login& login, const Way& way, Random& random) {
  login.script =
      "connect port=587\nS: 220 mx.example.com\nC: EHLO client.example.net\nS: 250 "
      "mx.example.com\n";
  way.say(login);
  std::vector<std::string> echoes{login.password, base64(login.password),
                                  base64("x" + login.password), base64("xy" + login.password + "z"),
                                  "<" + login.password + ">"};
  for (const std::string& response : login.responses) {
    echoes.push_back(response);
    if (response.size() > 12) echoes.push_back(response.substr(0, 10) + "...");
  }
  std::ranges::shuffle(echoes, random);
  std::string reply;
  for (std::size_t i = 0; i < echoes.size(); ++i) {
    reply += fmt::format("535{}5.7.8 no: {}\r\n", i + 1 == echoes.size() ? ' ' : '-', echoes[i]);
  }
  login.script += "S: " + in_script(reply) + "\\\n";
  say(login, 'C', "XPASS " + echoes.front());
  say(login, 'S', "500 5.5.2 unknown: " + echoes.back());
  say(login, 'C', "VRFY " + login.password);
  say(login, 'S', "252 " + login.password);
  say(login, 'C', "QUIT");
  say(login, 'S', "221 Bye");
  login.script += "close\n";

  Told told = told_of(login.script);
  const std::size_t last = told.session.exchanges.size() - 1;
  const Origin origin = told.session.exchanges[last].replies.at(0).origin;
  for (const std::string& echo : echoes) {
    told.findings.push_back({findings::RuleId::smtp_unknown_command,
                             "The server does not know " + echo,
                             {origin},
                             last});
    told.verdict.text += " Said: " + echo + '.';
  }
  told.verdict.reply = "535 no: " + echoes.front();
  told.verdict.advice = "Do not use " + login.password;
  return told;
}

struct Output {
  std::string name;
  std::string text;
};

std::vector<Output> outputs_of(const Told& told, render::Secrets secrets) {
  std::vector<Output> outputs{{"JSON", json_of(told, secrets)}};
  for (const auto level : {render::Level::summary, render::Level::dialogue, render::Level::full}) {
    for (const auto color : {render::Color::never, render::Color::always}) {
      for (const std::size_t width : {std::size_t{0}, std::size_t{80}}) {
        const render::TextOptions options{level, color, width, secrets};
        outputs.push_back({fmt::format("text, level {}, colour {}, width {}",
                                       static_cast<int>(level), static_cast<int>(color), width),
                           text_of(told, options)});
      }
    }
  }
  return outputs;
}

// A text could be broken anywhere by colours and line ends.
std::string squeezed(std::string text) {
  text = without_colour(text);
  std::erase_if(text, [](char c) { return c == '\n' || c == ' '; });
  return text;
}

// The characters that are the secret's alone in base64, at each of the three places.
std::vector<std::string> traces_of(const std::string& secret) {
  std::vector<std::string> traces{render::escaped(secret), secret};
  std::string quoted;
  render::append_json_string(quoted, secret);
  traces.push_back(quoted.substr(1, quoted.size() - 2));
  for (const std::size_t shift : {0U, 1U, 2U}) {
    const std::string encoded = base64(std::string(shift, 'x') + secret);
    const std::size_t begin = (shift * 8 + 5) / 6;
    const std::size_t end = (shift + secret.size()) * 8 / 6;
    traces.push_back(encoded.substr(begin, end - begin));
  }
  return traces;
}

}  // namespace

TEST_CASE("no output shows a secret") {
  constexpr int rounds = 25;
  for (const Way& way : ways) {
    DYNAMIC_SECTION(way.name) {
      Random random(20260102);
      for (int round = 0; round < rounds; ++round) {
        Login login{printable(random, 6, 20) + "@example.net", printable(random, 8, 24), {}, {}};
        std::erase_if(login.user,
                      [](char c) { return c == ',' || c == '"' || c == '\\' || c == '='; });
        INFO("round " << round << ", user " << login.user << ", password " << login.password);
        const Told told = told_with(login, way, random);
        std::vector<std::string> traces = traces_of(login.password);
        // The base64 of a user's name alone is no secret.
        for (const std::string& response : login.responses) {
          if (response != login.user) traces.push_back(response);
        }
        for (const Output& output : outputs_of(told, render::Secrets::mask)) {
          const std::string squeezed_text = squeezed(output.text);
          for (const std::string& trace : traces) {
            if (squeezed_text.find(trace) != std::string::npos) {
              FAIL_CHECK(output.name << " shows " << trace << "\n" << output.text);
            }
          }
        }
        if (way.user == Way::User::shown) {
          CHECK(text_of(told).find(render::escaped(login.user)) != std::string::npos);
        }
      }
    }
  }
}

TEST_CASE("secrets are shown to whoever asks for them") {
  for (const Way& way : ways) {
    DYNAMIC_SECTION(way.name) {
      Random random(7);
      Login login{"alice@example.net", "correct-horse-battery", {}, {}};
      const Told told = told_with(login, way, random);
      for (const Output& output : outputs_of(told, render::Secrets::show)) {
        if (output.name.starts_with("text, level 0")) continue;  // the table has no lines
        for (const std::string& response : login.responses) {
          INFO(output.name << "\n" << output.text);
          CHECK(squeezed(output.text).find(response) != std::string::npos);
        }
      }
    }
  }
}

TEST_CASE("short passwords are masked where they stand") {
  for (const char* password : {"a", "ab", "abc"}) {
    Login login{"alice@example.net", password, {}, {}};
    login.script = "connect port=587\nS: 220 mx\nC: EHLO c\nS: 250 mx\n";
    login_asked(login);
    login.script += "S: 235 Ok\nC: QUIT\nS: 221 Bye\nclose\n";
    const Told told = told_of(login.script);
    for (const Output& output : outputs_of(told, render::Secrets::mask)) {
      CHECK(output.text.find(base64(password)) == std::string::npos);
    }
  }
}

}  // namespace smtpscope::test
