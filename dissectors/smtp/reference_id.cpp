// Indonesian.
#include "dissectors/smtp/reference_texts.hpp"

namespace smtpscope::smtp {
namespace {

constexpr VerbText text(Verb verb) {
  switch (verb) {
    case Verb::unknown:
      break;
    case Verb::ehlo:
      return {
          "Klien menyebutkan nama host-nya dan menanyakan ekstensi yang didukung server. "
          "Transaksi yang masih terbuka dibatalkan.",
          "Nama ini tidak selalu dapat diverifikasi; nama yang salah bisa menjadi tanda "
          "spam, tetapi bukan bukti. Setelah STARTTLS, EHLO harus dikirim lagi dan daftar "
          "ekstensinya bisa berbeda."};
    case Verb::helo:
      return {
          "Klien hanya menyebutkan nama host-nya tanpa menanyakan ekstensi. Transaksi "
          "yang masih terbuka dibatalkan.",
          "Sesi yang dimulai dengan HELO tidak dapat memakai STARTTLS, AUTH, dan SIZE. "
          "Jika klien beralih ke HELO karena EHLO ditolak, mungkin ada perangkat di "
          "tengah yang mengubah dialog."};
    case Verb::lhlo:
      return {
          "Padanan EHLO dalam LMTP: klien menyebutkan nama host-nya dan menanyakan "
          "ekstensi yang didukung server.",
          "Hanya ada di LMTP, umumnya antara server email dan penyimpanan email. Setelah "
          "pesan dikirim, setiap penerima mendapat balasan sendiri."};
    case Verb::mail:
      return {
          "Membuka transaksi dan menyebutkan pengirim amplop; laporan kegagalan dikirim "
          "ke alamat ini. Jalur kosong <> menandai pesan laporan yang tidak boleh "
          "dipantulkan lagi.",
          "Alamat inilah yang diperiksa SPF. Isinya bisa berbeda dari header From di "
          "dalam pesan."};
    case Verb::rcpt:
      return {
          "Menambahkan satu penerima ke transaksi. Perintah ini dikirim sekali untuk "
          "setiap penerima dan masing-masing mendapat balasan sendiri.",
          "Pesan hanya sampai ke penerima yang RCPT-nya diterima. Header To dan Cc tidak "
          "berpengaruh pada pengiriman."};
    case Verb::data:
      return {
          "Memberi tahu bahwa pesan akan dikirim. Setelah balasan 354, pesan dikirim "
          "baris demi baris dan diakhiri baris yang hanya berisi satu titik; lalu server "
          "memberi balasan untuk pesan itu.",
          "354 bukan janji bahwa pesan diterima; janji itu adalah 250 setelah titik "
          "terakhir. Baris yang diawali titik dikirim dengan tambahan satu titik di "
          "depannya."};
    case Verb::bdat:
      return {
          "Mengirim pesan sebanyak jumlah oktet yang disebutkan, tepat setelah baris ini. "
          "LAST menandai potongan terakhir, dan balasannya berlaku untuk seluruh pesan.",
          "Karena panjangnya dihitung, tidak perlu titik tambahan maupun titik penutup. "
          "BDAT dan DATA tidak boleh dicampur dalam satu transaksi."};
    case Verb::rset:
      return {
          "Membatalkan transaksi yang terbuka: pengirim, penerima, dan pesan. Koneksi, "
          "TLS, dan status login tetap.",
          "EHLO juga berefek sama. Klien mengirimnya di antara dua pesan atau setelah "
          "ditolak."};
    case Verb::noop:
      return {
          "Tidak meminta apa pun selain balasan. Klien memakainya untuk memastikan "
          "koneksi masih hidup.",
          "Tidak memengaruhi transaksi. Klien yang hanya mengirim NOOP bisa diputus oleh "
          "server."};
    case Verb::quit:
      return {
          "Mengakhiri sesi. Server membalas 221 lalu menutup koneksi; transaksi yang "
          "belum selesai dibatalkan.",
          "Jika klien memutus koneksi tanpa QUIT, server tidak tahu apakah itu normal "
          "atau gangguan."};
    case Verb::vrfy:
      return {
          "Menanyakan apakah suatu pengguna atau kotak surat ada. Kebanyakan server "
          "membalas 252, yang tidak mengungkapkan apa-apa.",
          "Karena pernah disalahgunakan untuk mengumpulkan alamat, balasan 252 atau 502 "
          "adalah hal biasa."};
    case Verb::expn:
      return {"Menanyakan anggota sebuah milis. Hampir semua server menolaknya.",
              "Karena membocorkan daftar anggota, balasan 502 adalah hal biasa."};
    case Verb::help:
      return {"Meminta penjelasan tentang perintah-perintah server, untuk dibaca manusia.",
              "Teksnya tidak berformat tetap, jadi program tidak boleh bergantung pada isinya."};
    case Verb::starttls:
      return {
          "Meminta agar komunikasi dilanjutkan dengan TLS. Setelah balasan 220, handshake "
          "TLS dimulai, lalu klien mengirim EHLO lagi.",
          "Klien harus melupakan semua yang diperoleh tanpa enkripsi dan mulai lagi dari "
          "EHLO. Pihak di tengah dapat menghapus STARTTLS dari daftar; MTA-STS dan DANE "
          "mencegahnya."};
    case Verb::auth:
      return {
          "Login dengan suatu mekanisme SASL. Server dapat meminta langkah berikutnya "
          "dengan 334, lalu menerima dengan 235 atau menolak.",
          "PLAIN dan LOGIN hanya menyandikan kata sandi dengan base64, jadi harus dipakai "
          "di dalam TLS."};
    case Verb::etrn:
      return {
          "Meminta server segera mengirimkan pesan yang ditahannya untuk host ini. Pesan "
          "datang melalui koneksi baru yang dibuka server.",
          "Untuk host yang tidak selalu daring. Karena pesan dikirim ke tujuan aslinya "
          "melalui koneksi baru, pihak lain tidak dapat mengambilnya."};
    case Verb::atrn:
      return {
          "Setelah login, meminta bertukar peran dengan server pada koneksi yang sama "
          "untuk menerima pesan yang menunggu bagi domain yang disebutkan.",
          "Untuk host tanpa alamat tetap, melalui port 366 (ODMR). Pesan datang lewat "
          "koneksi yang sama."};
    case Verb::turn:
      return {
          "Meminta klien dan server bertukar peran. Karena identitas peminta tidak dapat "
          "dibuktikan, perintah ini sudah usang dan ditolak.",
          "Digantikan oleh ETRN dan, dengan login, ATRN."};
    case Verb::burl:
      return {
          "Menyuruh server pengiriman (submission) mengambil bagian pesan ini dari server "
          "IMAP. LAST menandai bagian terakhir.",
          "Ponsel tidak perlu mengunggah ulang lampiran yang sudah ada di penyimpanan "
          "email."};
    case Verb::xclient:
      return {
          "Proksi yang dipercaya server menyebutkan klien yang sebenarnya. Sesi dimulai "
          "ulang dari salam pembuka, seolah-olah klien itu sendiri yang tersambung.",
          "Terlihat di belakang proksi dan pada alat uji. Klien yang disebut di sini "
          "hanyalah pengakuan, bukan alamat yang terlihat pada paket."};
    case Verb::xforward:
      return {
          "Server di depan penyaring konten menyebutkan klien asal agar tercatat di log. "
          "Aturan akses tidak terpengaruh.",
          "Terlihat pada jalur menuju penyaring konten. Klien yang disebut di sini "
          "hanyalah pengakuan, bukan alamat yang terlihat pada paket."};
    case Verb::x_anonymoustls:
      return {
          "STARTTLS di antara server-server Exchange dalam satu organisasi, tanpa "
          "pemeriksaan sertifikat. Selanjutnya autentikasi dengan X-EXPS.",
          "Hanya terlihat di antara server Exchange."};
    case Verb::x_exps:
      return {"AUTH di antara server-server Exchange dalam satu organisasi.",
              "Hanya terlihat di antara server Exchange, umumnya dengan GSSAPI."};
    case Verb::xexch50:
      return {
          "Mengirim properti pesan khas Exchange sebanyak jumlah oktet yang disebutkan. "
          "Server Exchange lama saling mengirimkannya sebelum pesan.",
          "Dipakai di Exchange 2000 dan 2003. Data sesudahnya biner, bukan perintah dan "
          "bukan teks."};
    case Verb::send:
      return {
          "Seperti MAIL, tetapi meminta agar teks ditampilkan di terminal penerima. Sudah "
          "usang.",
          "Tidak ada lagi server yang menyediakannya; jika muncul, itu pengujian atau "
          "pemindaian."};
    case Verb::soml:
      return {
          "Seperti MAIL, tetapi meminta agar teks ditampilkan di terminal penerima atau, "
          "jika tidak bisa, dimasukkan ke kotak suratnya. Sudah usang.",
          "Tidak ada lagi server yang menyediakannya; jika muncul, itu pengujian atau "
          "pemindaian."};
    case Verb::saml:
      return {
          "Seperti MAIL, tetapi meminta agar teks ditampilkan di terminal penerima "
          "sekaligus dimasukkan ke kotak suratnya. Sudah usang.",
          "Tidak ada lagi server yang menyediakannya; jika muncul, itu pengujian atau "
          "pemindaian."};
  }
  return {};
}

constexpr Headings words{.command = "Perintah",
                         .category = "Kategori",
                         .syntax = "Sintaks",
                         .meaning = "Arti",
                         .example = "Contoh",
                         .replies = "Kode balasan",
                         .rfc = "RFC",
                         .session = "sesi",
                         .auth = "autentikasi",
                         .message = "pesan"};

}  // namespace

VerbText text_id(Verb verb) noexcept { return text(verb); }
const Headings& headings_id() noexcept { return words; }

}  // namespace smtpscope::smtp
