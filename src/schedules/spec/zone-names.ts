// The names of the IANA time zone database (2025b, public domain), links included. Node also accepts
// `europe/berlin`, and names of its own such as `PST`; the server reads files, so the spelling counts.
/** Names by area; those of the empty area stand alone. */
const NAMES: Readonly<Record<string, string>> = {
  '': `
  CET CST6CDT Cuba EET EST EST5EDT Egypt Eire GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong
  Iceland Iran Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland
  Portugal ROC ROK Singapore Turkey UCT UTC Universal W-SU WET Zulu
`,
  Africa: `
  Abidjan Accra Addis_Ababa Algiers Asmara Asmera Bamako Bangui Banjul Bissau Blantyre Brazzaville
  Bujumbura Cairo Casablanca Ceuta Conakry Dakar Dar_es_Salaam Djibouti Douala El_Aaiun Freetown Gaborone
  Harare Johannesburg Juba Kampala Khartoum Kigali Kinshasa Lagos Libreville Lome Luanda Lubumbashi Lusaka
  Malabo Maputo Maseru Mbabane Mogadishu Monrovia Nairobi Ndjamena Niamey Nouakchott Ouagadougou
  Porto-Novo Sao_Tome Timbuktu Tripoli Tunis Windhoek
`,
  America: `
  Adak Anchorage Anguilla Antigua Araguaina Argentina/Buenos_Aires Argentina/Catamarca
  Argentina/ComodRivadavia Argentina/Cordoba Argentina/Jujuy Argentina/La_Rioja Argentina/Mendoza
  Argentina/Rio_Gallegos Argentina/Salta Argentina/San_Juan Argentina/San_Luis Argentina/Tucuman
  Argentina/Ushuaia Aruba Asuncion Atikokan Atka Bahia Bahia_Banderas Barbados Belem Belize Blanc-Sablon
  Boa_Vista Bogota Boise Buenos_Aires Cambridge_Bay Campo_Grande Cancun Caracas Catamarca Cayenne Cayman
  Chicago Chihuahua Ciudad_Juarez Coral_Harbour Cordoba Costa_Rica Coyhaique Creston Cuiaba Curacao
  Danmarkshavn Dawson Dawson_Creek Denver Detroit Dominica Edmonton Eirunepe El_Salvador Ensenada
  Fort_Nelson Fort_Wayne Fortaleza Glace_Bay Godthab Goose_Bay Grand_Turk Grenada Guadeloupe Guatemala
  Guayaquil Guyana Halifax Havana Hermosillo Indiana/Indianapolis Indiana/Knox Indiana/Marengo
  Indiana/Petersburg Indiana/Tell_City Indiana/Vevay Indiana/Vincennes Indiana/Winamac Indianapolis Inuvik
  Iqaluit Jamaica Jujuy Juneau Kentucky/Louisville Kentucky/Monticello Knox_IN Kralendijk La_Paz Lima
  Los_Angeles Louisville Lower_Princes Maceio Managua Manaus Marigot Martinique Matamoros Mazatlan Mendoza
  Menominee Merida Metlakatla Mexico_City Miquelon Moncton Monterrey Montevideo Montreal Montserrat Nassau
  New_York Nipigon Nome Noronha North_Dakota/Beulah North_Dakota/Center North_Dakota/New_Salem Nuuk
  Ojinaga Panama Pangnirtung Paramaribo Phoenix Port-au-Prince Port_of_Spain Porto_Acre Porto_Velho
  Puerto_Rico Punta_Arenas Rainy_River Rankin_Inlet Recife Regina Resolute Rio_Branco Rosario Santa_Isabel
  Santarem Santiago Santo_Domingo Sao_Paulo Scoresbysund Shiprock Sitka St_Barthelemy St_Johns St_Kitts
  St_Lucia St_Thomas St_Vincent Swift_Current Tegucigalpa Thule Thunder_Bay Tijuana Toronto Tortola
  Vancouver Virgin Whitehorse Winnipeg Yakutat Yellowknife
`,
  Antarctica: `
  Casey Davis DumontDUrville Macquarie Mawson McMurdo Palmer Rothera South_Pole Syowa Troll Vostok
`,
  Arctic: `
  Longyearbyen
`,
  Asia: `
  Aden Almaty Amman Anadyr Aqtau Aqtobe Ashgabat Ashkhabad Atyrau Baghdad Bahrain Baku Bangkok Barnaul
  Beirut Bishkek Brunei Calcutta Chita Choibalsan Chongqing Chungking Colombo Dacca Damascus Dhaka Dili
  Dubai Dushanbe Famagusta Gaza Harbin Hebron Ho_Chi_Minh Hong_Kong Hovd Irkutsk Istanbul Jakarta Jayapura
  Jerusalem Kabul Kamchatka Karachi Kashgar Kathmandu Katmandu Khandyga Kolkata Krasnoyarsk Kuala_Lumpur
  Kuching Kuwait Macao Macau Magadan Makassar Manila Muscat Nicosia Novokuznetsk Novosibirsk Omsk Oral
  Phnom_Penh Pontianak Pyongyang Qatar Qostanay Qyzylorda Rangoon Riyadh Saigon Sakhalin Samarkand Seoul
  Shanghai Singapore Srednekolymsk Taipei Tashkent Tbilisi Tehran Tel_Aviv Thimbu Thimphu Tokyo Tomsk
  Ujung_Pandang Ulaanbaatar Ulan_Bator Urumqi Ust-Nera Vientiane Vladivostok Yakutsk Yangon Yekaterinburg
  Yerevan
`,
  Atlantic: `
  Azores Bermuda Canary Cape_Verde Faeroe Faroe Jan_Mayen Madeira Reykjavik South_Georgia St_Helena
  Stanley
`,
  Australia: `
  ACT Adelaide Brisbane Broken_Hill Canberra Currie Darwin Eucla Hobart LHI Lindeman Lord_Howe Melbourne
  NSW North Perth Queensland South Sydney Tasmania Victoria West Yancowinna
`,
  Brazil: `
  Acre DeNoronha East West
`,
  Canada: `
  Atlantic Central Eastern Mountain Newfoundland Pacific Saskatchewan Yukon
`,
  Chile: `
  Continental EasterIsland
`,
  Etc: `
  GMT GMT+0 GMT+1 GMT+10 GMT+11 GMT+12 GMT+2 GMT+3 GMT+4 GMT+5 GMT+6 GMT+7 GMT+8 GMT+9 GMT-0 GMT-1 GMT-10
  GMT-11 GMT-12 GMT-13 GMT-14 GMT-2 GMT-3 GMT-4 GMT-5 GMT-6 GMT-7 GMT-8 GMT-9 GMT0 Greenwich UCT UTC
  Universal Zulu
`,
  Europe: `
  Amsterdam Andorra Astrakhan Athens Belfast Belgrade Berlin Bratislava Brussels Bucharest Budapest
  Busingen Chisinau Copenhagen Dublin Gibraltar Guernsey Helsinki Isle_of_Man Istanbul Jersey Kaliningrad
  Kiev Kirov Kyiv Lisbon Ljubljana London Luxembourg Madrid Malta Mariehamn Minsk Monaco Moscow Nicosia
  Oslo Paris Podgorica Prague Riga Rome Samara San_Marino Sarajevo Saratov Simferopol Skopje Sofia
  Stockholm Tallinn Tirane Tiraspol Ulyanovsk Uzhgorod Vaduz Vatican Vienna Vilnius Volgograd Warsaw
  Zagreb Zaporozhye Zurich
`,
  Indian: `
  Antananarivo Chagos Christmas Cocos Comoro Kerguelen Mahe Maldives Mauritius Mayotte Reunion
`,
  Mexico: `
  BajaNorte BajaSur General
`,
  Pacific: `
  Apia Auckland Bougainville Chatham Chuuk Easter Efate Enderbury Fakaofo Fiji Funafuti Galapagos Gambier
  Guadalcanal Guam Honolulu Johnston Kanton Kiritimati Kosrae Kwajalein Majuro Marquesas Midway Nauru Niue
  Norfolk Noumea Pago_Pago Palau Pitcairn Pohnpei Ponape Port_Moresby Rarotonga Saipan Samoa Tahiti Tarawa
  Tongatapu Truk Wake Wallis Yap
`,
  US: `
  Alaska Aleutian Arizona Central East-Indiana Eastern Hawaii Indiana-Starke Michigan Mountain Pacific
  Samoa
`,
};

/** Old names of a zone: `new=old,old`. Only the database's own links. */
const LINKS = `
  Africa/Abidjan=Africa/Timbuktu,Iceland Africa/Cairo=Egypt Africa/Nairobi=Africa/Asmera
  Africa/Tripoli=Libya America/Adak=America/Atka,US/Aleutian America/Anchorage=US/Alaska
  America/Argentina/Buenos_Aires=America/Buenos_Aires
  America/Argentina/Catamarca=America/Argentina/ComodRivadavia,America/Catamarca
  America/Argentina/Cordoba=America/Cordoba,America/Rosario America/Argentina/Jujuy=America/Jujuy
  America/Argentina/Mendoza=America/Mendoza America/Chicago=US/Central
  America/Denver=America/Shiprock,Navajo,US/Mountain America/Detroit=US/Michigan
  America/Edmonton=America/Yellowknife,Canada/Mountain America/Halifax=Canada/Atlantic America/Havana=Cuba
  America/Indiana/Indianapolis=America/Fort_Wayne,America/Indianapolis,US/East-Indiana
  America/Indiana/Knox=America/Knox_IN,US/Indiana-Starke America/Iqaluit=America/Pangnirtung
  America/Jamaica=Jamaica America/Kentucky/Louisville=America/Louisville America/Los_Angeles=US/Pacific
  America/Manaus=Brazil/West America/Mazatlan=Mexico/BajaSur America/Mexico_City=Mexico/General
  America/New_York=US/Eastern America/Noronha=Brazil/DeNoronha America/Nuuk=America/Godthab
  America/Panama=America/Coral_Harbour America/Phoenix=US/Arizona
  America/Puerto_Rico=America/Kralendijk,America/Lower_Princes,America/Marigot,America/St_Barthelemy,America/Virgin
  America/Regina=Canada/Saskatchewan America/Rio_Branco=America/Porto_Acre,Brazil/Acre
  America/Santiago=Chile/Continental America/Sao_Paulo=Brazil/East America/St_Johns=Canada/Newfoundland
  America/Tijuana=America/Ensenada,America/Santa_Isabel,Mexico/BajaNorte
  America/Toronto=America/Montreal,America/Nipigon,America/Thunder_Bay,Canada/Eastern
  America/Vancouver=Canada/Pacific America/Whitehorse=Canada/Yukon
  America/Winnipeg=America/Rainy_River,Canada/Central Asia/Ashgabat=Asia/Ashkhabad Asia/Dhaka=Asia/Dacca
  Asia/Ho_Chi_Minh=Asia/Saigon Asia/Hong_Kong=Hongkong Asia/Jerusalem=Asia/Tel_Aviv,Israel
  Asia/Kathmandu=Asia/Katmandu Asia/Kolkata=Asia/Calcutta Asia/Macau=Asia/Macao
  Asia/Makassar=Asia/Ujung_Pandang Asia/Nicosia=Europe/Nicosia Asia/Seoul=ROK
  Asia/Shanghai=Asia/Chongqing,Asia/Chungking,Asia/Harbin,PRC Asia/Singapore=Singapore Asia/Taipei=ROC
  Asia/Tehran=Iran Asia/Thimphu=Asia/Thimbu Asia/Tokyo=Japan
  Asia/Ulaanbaatar=Asia/Choibalsan,Asia/Ulan_Bator Asia/Urumqi=Asia/Kashgar Asia/Yangon=Asia/Rangoon
  Atlantic/Faroe=Atlantic/Faeroe Australia/Adelaide=Australia/South
  Australia/Brisbane=Australia/Queensland Australia/Broken_Hill=Australia/Yancowinna
  Australia/Darwin=Australia/North Australia/Hobart=Australia/Currie,Australia/Tasmania
  Australia/Lord_Howe=Australia/LHI Australia/Melbourne=Australia/Victoria Australia/Perth=Australia/West
  Australia/Sydney=Australia/ACT,Australia/Canberra,Australia/NSW Europe/Belgrade=Europe/Podgorica
  Europe/Berlin=Arctic/Longyearbyen,Atlantic/Jan_Mayen Europe/Chisinau=Europe/Tiraspol Europe/Dublin=Eire
  Europe/Helsinki=Europe/Mariehamn Europe/Istanbul=Asia/Istanbul,Turkey
  Europe/Kyiv=Europe/Kiev,Europe/Uzhgorod,Europe/Zaporozhye Europe/Lisbon=Portugal
  Europe/London=Europe/Belfast,GB,GB-Eire Europe/Moscow=W-SU Europe/Prague=Europe/Bratislava
  Europe/Rome=Europe/San_Marino,Europe/Vatican Europe/Warsaw=Poland Europe/Zurich=Europe/Busingen
  Pacific/Auckland=Antarctica/South_Pole,NZ Pacific/Chatham=NZ-CHAT Pacific/Easter=Chile/EasterIsland
  Pacific/Guadalcanal=Pacific/Ponape Pacific/Honolulu=Pacific/Johnston,US/Hawaii
  Pacific/Kanton=Pacific/Enderbury Pacific/Kwajalein=Kwajalein Pacific/Pago_Pago=Pacific/Samoa,US/Samoa
  Pacific/Port_Moresby=Pacific/Truk,Pacific/Yap
`;

const UTC_NAMES = `
  Etc/GMT Etc/GMT+0 Etc/GMT-0 Etc/GMT0 Etc/Greenwich Etc/UCT Etc/UTC Etc/Universal Etc/Zulu GMT GMT+0
  GMT-0 GMT0 Greenwich UCT UTC Universal Zulu
`;

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

export const ZONE_NAMES: ReadonlySet<string> = new Set(
  Object.entries(NAMES).flatMap(([area, names]) =>
    words(names).map((name) => (area === '' ? name : `${area}/${name}`)),
  ),
);

const mainNames = new Map<string, string>([
  ...words(UTC_NAMES).map((name): [string, string] => [name, 'UTC']),
  ...words(LINKS).flatMap((entry) => {
    const [name = '', old = ''] = entry.split('=');
    return old.split(',').map((other): [string, string] => [other, name]);
  }),
]);

/** The one name of a zone that has several: `US/Pacific` is `America/Los_Angeles`, no name is `UTC`. */
export function mainZoneName(name: string): string {
  return name === '' ? 'UTC' : (mainNames.get(name) ?? name);
}
