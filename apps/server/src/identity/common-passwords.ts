/**
 * What people choose, and attackers try first, among passwords of eight characters and more, without their digits and
 * signs at the end: those are counted as ornament. Taken from what is commonest in published breaches.
 */
export const commonPasswords: ReadonlySet<string> = new Set(
  `password passw0rd p@ssword p@ssw0rd pa55word passwort motdepasse contraseña senha parola wachtwoord
  qwerty qwertyui qwertyuiop qwertz azerty asdfgh asdfghjk asdfghjkl zxcvbnm qazwsx qazwsxedc 1qaz2wsx 1q2w3e 1q2w3e4r
  1q2w3e4r5t q1w2e3r4 qweasd qweasdzxc zaq12wsx abcdefgh abcdefg abcd1234 abc iloveyou loveyou ilove iloveu princess
  sunshine football baseball basketball softball hockey soccer superman batman spiderman starwars pokemon dragon
  monkey shadow master letmein welcome welcomeback admin administrator adminadmin root rootroot toor changeme changeit
  default temp temporary temptemp guest guestguest test testing testtest tester demo user username login secret
  trustno whatever computer internet samsung google facebook linkedin microsoft windows apple iphone android
  michael jennifer jordan michelle jessica charlie andrew daniel thomas robert ashley nicole hannah matthew anthony
  william joshua melissa amanda samantha alexander elizabeth christian christopher jonathan benjamin patrick
  freedom liverpool chelsea arsenal manchester barcelona realmadrid juventus mustang corvette ferrari mercedes porsche
  cheese chocolate cookie banana orange summer winter autumn spring january february march april august september
  october november december monday tuesday wednesday thursday friday saturday sunday lovely babygirl flower butterfly
  hongkong kowloon hkpolice taiwan beijing shanghai singapore guangdong woaini woaini1314 nihao zhongguo
  incident response incidentresponse security cybersecurity cyber firewall breakglass emergency responder cordon
  company companyname office office365 corporate letmeinnow openup opensesame correcthorsebatterystaple
  hunter killer biteme access accessgranted mypassword mypass yourpassword thepassword newpassword oldpassword
  passwordpassword password1password qwertyqwerty blink182 trinity matrix thematrix phoenix ranger yankees cowboys
  steelers lakers golfer harley jackson maggie pepper ginger tigger snoopy scooby pokemon naruto onepiece minecraft
  fortnite roblox lovelove happy happyday sweetheart handsome beautiful gorgeous wonderful family forever loveforever
  jesus jesuschrist jesusloves blessed godisgood heaven angel angels faith hallelujah`.split(/\s+/),
);
