/** Characters that XML 1.0 (section 2.2) cannot hold, not even as a reference. */
const FORBIDDEN =
  // eslint-disable-next-line no-control-regex -- they are what is replaced
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** The text between the quotes of an attribute. What XML cannot hold becomes U+FFFD; line ends stay what they are. */
export function xmlValue(text: string): string {
  return text.replace(FORBIDDEN, '\uFFFD').replace(/[&<>"\t\n\r]/g, (one) => REFERENCES[one] ?? one);
}
