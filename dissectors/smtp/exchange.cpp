#include "dissectors/smtp/exchange.hpp"

namespace smtpscope::smtp {

bool is_command(const Exchange& exchange) noexcept {
  return exchange.kind == ExchangeKind::command && exchange.command.has_value();
}

bool has_verb(const Exchange& exchange, Verb verb) noexcept {
  return is_command(exchange) && exchange.command->verb == verb;
}

bool is_hello(const Exchange& exchange) noexcept {
  return is_command(exchange) && is_hello(exchange.command->verb);
}

bool ends_message(const Exchange& exchange) noexcept {
  if (exchange.kind == ExchangeKind::end_of_data) return true;
  return has_verb(exchange, Verb::bdat) &&
         parse_chunk(exchange.command->argument).value_or(ChunkArgument{}).last;
}

}  // namespace smtpscope::smtp
