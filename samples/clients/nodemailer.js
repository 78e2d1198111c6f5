// One message with nodemailer, as it comes: STARTTLS where it is offered, and the certificate is verified.
const nodemailer = require("/opt/nodemailer/node_modules/nodemailer");

const [host, id] = process.argv.slice(2);
const transport = nodemailer.createTransport({ host, port: 25, name: "client.example.net" });
transport
  .sendMail({
    from: "Alice <alice@example.net>",
    to: "Bob <bob@example.com>",
    subject: "Report",
    messageId: `<${id}@client.example.net>`,
    text: "Hello Bob,\n\nthe report you asked for is ready.\n\nAlice\n",
  })
  .then(() => transport.close(), (error) => console.error(error.message));
