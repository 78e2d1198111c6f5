// Turkish.
#include "dissectors/smtp/reference_texts.hpp"

namespace smtpscope::smtp {
namespace {

constexpr VerbText text(Verb verb) {
  switch (verb) {
    case Verb::unknown:
      break;
    case Verb::ehlo:
      return {
          "İstemci ana makine adını bildirir ve sunucunun hangi uzantıları desteklediğini "
          "sorar. Açık bir işlem varsa iptal edilir.",
          "Bildirilen ad her zaman doğrulanamaz; yanlış bir ad spam belirtisi olabilir "
          "ama kanıt değildir. STARTTLS'den sonra yeniden gönderilmelidir ve uzantı "
          "listesi bu kez farklı olabilir."};
    case Verb::helo:
      return {
          "İstemci yalnızca ana makine adını bildirir, uzantıları sormaz. Açık bir işlem "
          "varsa iptal edilir.",
          "HELO ile başlayan oturumda STARTTLS, AUTH ve SIZE kullanılamaz. EHLO "
          "reddedilip HELO'ya dönülmüşse aradaki bir cihaz iletişimi değiştiriyor "
          "olabilir."};
    case Verb::lhlo:
      return {
          "EHLO'nun LMTP'deki karşılığıdır: istemci ana makine adını bildirir ve "
          "sunucunun uzantılarını sorar.",
          "Yalnızca LMTP'de, çoğunlukla posta sunucusu ile posta deposu arasında "
          "kullanılır. İletiden sonra her alıcı için ayrı yanıt gelir."};
    case Verb::mail:
      return {
          "Bir işlem başlatır ve zarftaki göndereni belirtir; teslimat hataları bu adrese "
          "bildirilir. Boş yol <>, geri çevrilmemesi gereken bildirim iletilerini "
          "gösterir.",
          "SPF bu adresi denetler. İletideki From başlığından farklı olabilir."};
    case Verb::rcpt:
      return {
          "İşleme bir alıcı ekler. Her alıcı için bir kez gönderilir ve her biri ayrı "
          "yanıt alır.",
          "İleti yalnızca RCPT komutu kabul edilen alıcılara gider. To ve Cc "
          "başlıklarının teslimata etkisi yoktur."};
    case Verb::data:
      return {
          "İletinin gönderileceğini bildirir. 354 yanıtından sonra ileti satır satır "
          "gönderilir ve yalnızca bir nokta içeren satırla biter; ardından sunucu iletiye "
          "yanıt verir.",
          "354 bir kabul değildir; kabul, son noktadan sonra gelen 250'dir. Noktayla "
          "başlayan satırın başına bir nokta daha eklenir."};
    case Verb::bdat:
      return {
          "İletinin belirtilen sayıda baytını bu satırın hemen ardından gönderir. LAST "
          "son parçayı gösterir; ona verilen yanıt iletinin tamamı için geçerlidir.",
          "Uzunluk sayıldığı için ne nokta eklenir ne de sonda nokta vardır. Aynı işlemde "
          "DATA ile birlikte kullanılamaz."};
    case Verb::rset:
      return {
          "Açık işlemi göndereni, alıcıları ve iletisiyle birlikte iptal eder. Bağlantı, "
          "TLS ve oturum açma durumu korunur.",
          "EHLO da aynı işi görür. İstemciler bunu iletiler arasında veya bir retten "
          "sonra gönderir."};
    case Verb::noop:
      return {
          "Yanıt dışında hiçbir şey istemez. Bağlantının ayakta olup olmadığını anlamak "
          "için kullanılır.",
          "İşlemi etkilemez. Yalnızca NOOP gönderen bir istemcinin bağlantısı sunucu "
          "tarafından kesilebilir."};
    case Verb::quit:
      return {
          "Oturumu bitirir. Sunucu 221 yanıtını verip bağlantıyı kapatır; tamamlanmamış "
          "işlem iptal edilir.",
          "QUIT gönderilmeden bağlantı kesilirse sunucu bunun olağan mı yoksa bir arıza "
          "mı olduğunu anlayamaz."};
    case Verb::vrfy:
      return {
          "Bir kullanıcının veya posta kutusunun var olup olmadığını sorar. Çoğu sunucu, "
          "hiçbir şey açıklamayan 252 ile yanıt verir.",
          "Adres toplamak için kötüye kullanıldığından 252 veya 502 yanıtı olağandır."};
    case Verb::expn:
      return {"Bir posta listesinin üyelerini sorar. Neredeyse bütün sunucular reddeder.",
              "Liste üyelerini açığa çıkardığı için 502 yanıtı olağandır."};
    case Verb::help:
      return {"Sunucudan komutlarla ilgili, insanlara yönelik bir açıklama ister.",
              "Metnin belirli bir biçimi yoktur; programlar içeriğine güvenmemelidir."};
    case Verb::starttls:
      return {
          "İletişimin TLS ile sürmesini ister. 220 yanıtından sonra TLS el sıkışması "
          "başlar, ardından istemci EHLO'yu yeniden gönderir.",
          "İstemci, şifresiz öğrendiği her şeyi unutup EHLO'dan yeniden başlamalıdır. "
          "Araya giren biri STARTTLS'yi listeden silebilir; MTA-STS ve DANE buna karşı "
          "korur."};
    case Verb::auth:
      return {
          "Bir SASL yöntemiyle oturum açar. Sunucu 334 ile ek adımlar isteyebilir; "
          "sonunda 235 ile kabul eder veya reddeder.",
          "PLAIN ve LOGIN parolayı yalnızca base64 ile kodlar; bu yüzden TLS altında "
          "kullanılmalıdır."};
    case Verb::etrn:
      return {
          "Sunucudan, bu ana makine için beklettiği iletileri hemen teslim etmesini "
          "ister. İletiler sunucunun açtığı yeni bir bağlantıyla gelir.",
          "Sürekli çevrimiçi olmayan makineler içindir. İletiler yeni bir bağlantıyla "
          "asıl hedefe gittiğinden başkası bunları alamaz."};
    case Verb::atrn:
      return {
          "Oturum açmış istemci, aynı bağlantıda sunucuyla rol değiştirerek belirtilen "
          "alan adları için bekleyen iletileri alır.",
          "Sabit adresi olmayan makineler içindir ve 366 numaralı bağlantı noktasını "
          "(ODMR) kullanır. İletiler aynı bağlantıdan gelir."};
    case Verb::turn:
      return {
          "İstemci ile sunucunun rol değiştirmesini ister. İsteyenin kim olduğu "
          "doğrulanamadığından kullanımdan kaldırılmıştır ve reddedilir.",
          "Yerini ETRN ve oturum açmayı gerektiren ATRN almıştır."};
    case Verb::burl:
      return {
          "Gönderim sunucusuna iletinin bu bölümünü bir IMAP sunucusundan almasını "
          "söyler. LAST son bölümü gösterir.",
          "Posta deposunda zaten bulunan bir eki telefonun yeniden yüklemesine gerek "
          "kalmaz."};
    case Verb::xclient:
      return {
          "Sunucunun güvendiği bir vekil sunucu gerçek istemciyi bildirir. Oturum, o "
          "istemci bağlanmış gibi karşılama satırından yeniden başlar.",
          "Vekil sunucuların arkasında ve test araçlarında görülür. Burada adı geçen "
          "istemci bir beyandır, paketlerde görülen adres değildir."};
    case Verb::xforward:
      return {
          "İçerik filtresinin önündeki sunucu, günlüklerde görünmesi için asıl istemciyi "
          "bildirir. Erişim denetimini etkilemez.",
          "İçerik filtresine giden yolda görülür. Burada adı geçen istemci bir beyandır, "
          "paketlerde görülen adres değildir."};
    case Verb::x_anonymoustls:
      return {
          "Aynı kuruluşun Exchange sunucuları arasında STARTTLS yerine kullanılır. "
          "Sertifikalar doğrulanmaz; ardından X-EXPS ile kimlik doğrulanır.",
          "Yalnızca Exchange sunucuları arasında görülür."};
    case Verb::x_exps:
      return {"Aynı kuruluşun Exchange sunucuları arasında AUTH yerine kullanılır.",
              "Yalnızca Exchange sunucuları arasında, çoğunlukla GSSAPI ile görülür."};
    case Verb::xexch50:
      return {
          "Exchange'e özgü ileti özelliklerini belirtilen bayt sayısı kadar gönderir. "
          "Eski Exchange sunucuları bunu iletiden önce birbirine gönderir.",
          "Exchange 2000 ve 2003'te kullanılmıştır. Ardından gelen veri ne komut ne "
          "metindir; ikili veridir."};
    case Verb::send:
      return {
          "MAIL gibidir, ancak metnin alıcının terminalinde gösterilmesini ister. "
          "Kullanımdan kaldırılmıştır.",
          "Günümüzde bunu sunan sunucu yoktur; görülürse bir test veya taramadır."};
    case Verb::soml:
      return {
          "MAIL gibidir, ancak metnin alıcının terminalinde gösterilmesini, bu olmazsa "
          "posta kutusuna konmasını ister. Kullanımdan kaldırılmıştır.",
          "Günümüzde bunu sunan sunucu yoktur; görülürse bir test veya taramadır."};
    case Verb::saml:
      return {
          "MAIL gibidir, ancak metnin hem alıcının terminalinde gösterilmesini hem de "
          "posta kutusuna konmasını ister. Kullanımdan kaldırılmıştır.",
          "Günümüzde bunu sunan sunucu yoktur; görülürse bir test veya taramadır."};
  }
  return {};
}

constexpr Headings words{.command = "Komut",
                         .category = "Kategori",
                         .syntax = "Söz dizimi",
                         .meaning = "Anlamı",
                         .example = "Örnek",
                         .replies = "Yanıt kodları",
                         .rfc = "RFC",
                         .session = "oturum",
                         .auth = "kimlik doğrulama",
                         .message = "ileti"};

}  // namespace

VerbText text_tr(Verb verb) noexcept { return text(verb); }
const Headings& headings_tr() noexcept { return words; }

}  // namespace smtpscope::smtp
