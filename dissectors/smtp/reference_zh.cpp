// Simplified Chinese.
#include "dissectors/smtp/reference_texts.hpp"

namespace smtpscope::smtp {
namespace {

constexpr VerbText text(Verb verb) {
  switch (verb) {
    case Verb::unknown:
      break;
    case Verb::ehlo:
      return {
          "客户端报上自己的主机名，并询问服务器支持哪些扩展。如有未完成的事务，"
          "则一并取消。",
          "主机名不一定能核实，写错只能算垃圾邮件的迹象，不是证据。STARTTLS 之后必须重发，"
          "届时扩展列表可能不同。"};
    case Verb::helo:
      return {"客户端只报上主机名，不询问扩展。如有未完成的事务，则一并取消。",
              "以 HELO 开始的会话不能使用 STARTTLS、AUTH 和 SIZE。如果 EHLO 被拒后才改用 "
              "HELO，往往说明中间设备改写了对话。"};
    case Verb::lhlo:
      return {"LMTP 中相当于 EHLO 的命令：客户端报上主机名，并询问服务器支持哪些扩展。",
              "仅用于 LMTP，多见于邮件服务器向邮件存储投递。邮件内容发完后，"
              "服务器对每个收件人分别应答。"};
    case Verb::mail:
      return {
          "开始一个事务并指定信封发件人，投递失败的通知将发往此地址。空路径 <> "
          "用于不得再退信的通知邮件。",
          "SPF 检查的就是这个地址，它可以与邮件中的 From 不同。"};
    case Verb::rcpt:
      return {"向事务添加一个收件人。每个收件人发送一次，并各自得到应答。",
              "只有 RCPT 被接受的收件人才会收到邮件，邮件头中的 To 和 Cc 不影响投递。"};
    case Verb::data:
      return {
          "表示即将发送邮件内容。收到 354 后逐行发送，以只含一个句点的行结束，"
          "随后服务器对整封邮件作出应答。",
          "354 并不代表邮件已被接收，最后那个句点之后的 250 才算。以句点开头的行，"
          "发送时须在前面再加一个句点。"};
    case Verb::bdat:
      return {
          "紧接此行发送指定字节数的邮件内容。带 LAST 的是最后一块，"
          "对它的应答就是对整封邮件的应答。",
          "长度由字节数确定，因此既不需要补句点，也没有结束句点。同一事务中不得与 DATA "
          "混用。"};
    case Verb::rset:
      return {"放弃当前事务，清除发件人、收件人和邮件内容。连接、TLS 和登录状态保持不变。",
              "EHLO 也有同样的作用。客户端通常在两封邮件之间或被拒绝之后发送。"};
    case Verb::noop:
      return {"不要求任何操作，只要求应答。客户端用它确认连接是否还在。",
              "不影响事务。只发 NOOP 的客户端可能会被服务器断开。"};
    case Verb::quit:
      return {"结束会话。服务器应答 221 并关闭连接，未完成的事务作废。",
              "如果不发 QUIT 就断开，服务器无法判断是正常结束还是出了故障。"};
    case Verb::vrfy:
      return {"询问某个用户或邮箱是否存在。多数服务器应答 252，即不透露是否存在。",
              "该命令曾被用来搜集地址，因此通常应答 252 或 502。"};
    case Verb::expn:
      return {"询问邮件列表的成员。几乎所有服务器都会拒绝。",
              "它会泄露列表成员，因此通常应答 502。"};
    case Verb::help:
      return {"请求服务器给出命令说明，内容供人阅读。", "文字没有固定格式，程序不应依赖其内容。"};
    case Verb::starttls:
      return {"请求改用 TLS 继续通信。收到 220 后开始 TLS 握手，完成后客户端重新发送 EHLO。",
              "客户端必须丢弃明文阶段得到的信息，从 EHLO 重新开始。中间人可以从扩展列表中删去 "
              "STARTTLS，MTA-STS 和 DANE 可以防范。"};
    case Verb::auth:
      return {"用某种 SASL 机制登录。服务器可能先用 334 要求继续，最后以 235 通过，或者拒绝。",
              "PLAIN 和 LOGIN 只对密码做 base64 编码，因此应在 TLS 之下使用。"};
    case Verb::etrn:
      return {"请求服务器立即投递为本主机保留的邮件。邮件由服务器另建连接送来。",
              "供不常在线的主机使用。邮件经新的连接送往原定的目的地，别人无法冒领。"};
    case Verb::atrn:
      return {"登录之后，请求在同一连接上与服务器互换角色，接收指定域名的待收邮件。",
              "供没有固定地址的主机使用，端口为 366（ODMR）。邮件经同一连接送来。"};
    case Verb::turn:
      return {
          "请求互换客户端与服务器的角色。由于无法确认请求者的身份，该命令已废弃，"
          "服务器会拒绝。",
          "已由 ETRN 和需要登录的 ATRN 取代。"};
    case Verb::burl:
      return {"让提交服务器自行从 IMAP 服务器取得邮件的这一部分。LAST 表示最后一部分。",
              "附件已在邮件存储中时，手机不必再上传一遍。"};
    case Verb::xclient:
      return {
          "受服务器信任的代理说明真实客户端的信息。会话随即从问候语重新开始，"
          "如同该客户端直接连接一样。",
          "见于代理之后的服务器和测试工具。这里写的客户端只是对方的声明，"
          "并非从数据包看到的地址。"};
    case Verb::xforward:
      return {"内容过滤器前面的服务器说明原始客户端的信息，供日志记录。不影响访问控制。",
              "见于通往内容过滤器的连接。这里写的客户端只是对方的声明，"
              "并非从数据包看到的地址。"};
    case Verb::x_anonymoustls:
      return {
          "同一组织的 Exchange 服务器之间使用的 STARTTLS。双方不验证证书，随后用 X-EXPS "
          "认证。",
          "仅见于 Exchange 服务器之间。"};
    case Verb::x_exps:
      return {"同一组织的 Exchange 服务器之间使用的 AUTH。",
              "仅见于 Exchange 服务器之间，多用 GSSAPI。"};
    case Verb::xexch50:
      return {
          "按指定的字节数传送 Exchange 专有的邮件属性。旧版 Exchange "
          "服务器之间在发送邮件内容之前使用。",
          "用于 Exchange 2000 和 2003。其后的数据是二进制，既不是命令也不是文本。"};
    case Verb::send:
      return {"与 MAIL 相同，但要求把内容直接显示在收件人的终端上。已废弃。",
              "如今没有服务器提供此命令，若出现则是测试或扫描。"};
    case Verb::soml:
      return {"与 MAIL 相同，但要求显示在收件人的终端上，无法显示时放入邮箱。已废弃。",
              "如今没有服务器提供此命令，若出现则是测试或扫描。"};
    case Verb::saml:
      return {"与 MAIL 相同，但要求显示在收件人的终端上，同时放入邮箱。已废弃。",
              "如今没有服务器提供此命令，若出现则是测试或扫描。"};
  }
  return {};
}

constexpr Headings words{.command = "命令",
                         .category = "类别",
                         .syntax = "语法",
                         .meaning = "含义",
                         .example = "示例",
                         .replies = "应答码",
                         .rfc = "RFC",
                         .session = "会话",
                         .auth = "认证",
                         .message = "邮件"};

}  // namespace

VerbText text_zh(Verb verb) noexcept { return text(verb); }
const Headings& headings_zh() noexcept { return words; }

}  // namespace smtpscope::smtp
