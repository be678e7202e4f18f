* SPDX-License-Identifier: GPL-3.0-or-later.
* Writes the files beside it with GNU PSPP, which shares no code with ReadStat. Run in this folder: pspp make.sps.
SET LOCALE='windows-1252'.
DATA LIST LIST /nr (F8.0) naam (A12) antwoord (F2.0) graad (F8.2) dag (DATE11) tijdstip (DATETIME20) duur (TIME8) maand (MOYR8) code (A3) lang (A300).
BEGIN DATA.
1 "Zoë" 1 0.1 01-JAN-2020 "30-MAR-2025 14:05:59" 01:02:03 "MAR 2025" "a" "één"
2 "André" 9 -99 31-DEC-1999 "28-FEB-2024 00:00:00" 00:00:01 "JAN 2000" "zz" "twee"
3 "Müller €5" 5 1e300 29-FEB-2024 "01-JAN-1900 23:59:59" 99:59:59 "DEC 1999" "b" "drie, met „aanhalingstekens”"
4 "" . . . . . . "" ""
5 "x" 97 123456789.125 15-OCT-1582 "31-DEC-9999 12:00:00" 12:00:00 "FEB 2024" "zz" "vijf"
6 "y" 3 3.14159265358979 01-JAN-1970 "01-JAN-1970 00:00:00" 00:00:00 "JAN 1970" "c" "zes"
END DATA.
RENAME VARIABLES (antwoord = antwoord_op_de_vraag_naar_het_gebruik_van_ict).
VARIABLE LABELS antwoord_op_de_vraag_naar_het_gebruik_van_ict 'Hoe vaak gebruikt u ict? (één antwoord)'.
VALUE LABELS antwoord_op_de_vraag_naar_het_gebruik_van_ict 1 'nooit' 5 'altijd' 9 'weet niet' /code 'a' 'docent' 'zz' 'onbekend'.
MISSING VALUES antwoord_op_de_vraag_naar_het_gebruik_van_ict (97 THRU HI, 9) /graad (LO THRU -1) /code ('zz').
SAVE OUTFILE='windows-1252.sav' /COMPRESSED.
SAVE OUTFILE='windows-1252.zsav' /ZCOMPRESSED.
SAVE OUTFILE='plain.sav' /UNCOMPRESSED.
