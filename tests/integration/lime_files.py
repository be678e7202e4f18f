# SPDX-License-Identifier: GPL-3.0-or-later
"""Files as LimeSurvey writes them: exports of answers (LimeSurvey Manual, "Export responses") and the structure of a survey
(the same, "Display/Export survey"; the tables are those of "Survey structure" files of versions 3 and 6)."""
import html

OWN = {"id": "Response ID", "submitdate": "Date submitted", "lastpage": "Last page", "startlanguage": "Start language",
       "seed": "Seed", "token": "Access code"}


def cell(text):
    return '"' + str(text).replace('"', '""') + '"'


def export(columns, rows, heading="code"):
    """Columns are (code, text), rows lists of answers; every third response was never sent off."""
    def name(code, text):
        return {"code": code, "text": text, "both": f"{code}. {text}"}[heading]
    lines = [";".join(cell(name(code, text)) for code, text in [*OWN.items(), *columns])]
    for number, row in enumerate(rows, 1):
        sent = "" if number % 3 == 0 else "2025-03-30 14:05:00"
        lines.append(";".join(map(cell, [number, sent, 3, "nl", 1000 + number, f"t{number}", *row])))
    return ("\ufeff" + "\r\n".join(lines) + "\r\n\r\n").encode()


# type, code, {language: text}, sub-questions [(code, scale, {language: text})], answers [(code, scale, {language: text})]
AGREE = [("A1", 0, {"nl": "Helemaal mee oneens", "en": "Strongly disagree"}), ("A2", 0, {"nl": "Mee oneens", "en": "Disagree"}),
         ("A3", 0, {"nl": "Mee eens", "en": "Agree"}), ("A4", 0, {"nl": "Helemaal mee eens", "en": "Strongly agree"})]
QUESTIONS = [
    ("F", "AI", {"nl": "<p>Wat vindt u van <b>AI</b>?</p>", "en": "What do you think of AI?"},
     [("SQ002", 0, {"nl": "Ik gebruik het &amp; deel het", "en": "I use and share it"}),
      ("SQ001", 0, {"nl": "Ik weet hoe het werkt", "en": "I know how it works"})], AGREE),
    ("M", "TOOLS", {"nl": "Wat gebruikt u?", "en": "What do you use?"},
     [("CHAT", 0, {"nl": "Een chatbot", "en": "A chatbot"})], []),
    ("L", "WHY", {"nl": "Waarom?", "en": "Why?"}, [],
     [("1", 0, {"nl": "Het moet", "en": "I have to"}), ("2", 0, {"nl": "5 redenen", "en": "5 reasons"})]),
    ("1", "DUAL", {"nl": "Nu en straks", "en": "Now and later"}, [("S", 0, {"nl": "Schrijven", "en": "Writing"})],
     [("L1", 0, {"nl": "weinig", "en": "little"}), ("L2", 0, {"nl": "veel", "en": "much"}),
      ("M1", 1, {"nl": "minder", "en": "less"}), ("M2", 1, {"nl": "meer", "en": "more"})]),
    ("R", "RANK", {"nl": "Zet op volgorde", "en": "Order these"}, [],
     [("x", 0, {"nl": "tijd", "en": "time"}), ("y", 0, {"nl": "geld", "en": "money"})]),
    ("5", "FIVE", {"nl": "Cijfer", "en": "Grade"}, [], []),
    ("T", "FREE", {"nl": "Nog iets?", "en": "Anything else?"}, [], []),
]


def table(name, rows):
    def row(values):
        return "<row>" + "".join(f"<{key}><![CDATA[{value}]]></{key}>" for key, value in values.items()) + "</row>"
    return f"<{name}><fields/><rows>{''.join(map(row, rows))}</rows></{name}>"


def lss(version, questions=QUESTIONS):
    """Versions up to 3 have one row for each language; later ones have tables of texts."""
    tables = {name: [] for name in ("answers", "answer_l10ns", "groups", "questions", "question_l10ns", "subquestions")}
    tables["groups"] = [{"gid": 7, "group_order": 0, "language": "nl"}]
    answer_id = 0

    def add(kind, base, texts, key, l10n, of):
        if version > 3:
            tables[kind].append(base)
            tables[l10n] += [{"id": 1, of: base[of], key: text, "language": language} for language, text in texts.items()]
        else:
            tables[kind] += [{**base, key: text, "language": language} for language, text in texts.items()]

    for number, (kind, code, texts, parts, answers) in enumerate(questions):
        qid = 10 + number
        add("questions", {"qid": qid, "parent_qid": 0, "gid": 7, "type": kind, "title": code, "question_order": number, "scale_id": 0},
            texts, "question", "question_l10ns", "qid")
        for place, (part, scale, names) in enumerate(parts):
            add("subquestions", {"qid": 1000 + 100 * number + place, "parent_qid": qid, "gid": 7, "type": "T", "title": part,
                                 "question_order": place, "scale_id": scale}, names, "question", "question_l10ns", "qid")
        for place, (answer, scale, names) in enumerate(answers):
            answer_id += 1
            base = {"qid": qid, "code": answer, "sortorder": place, "assessment_value": 0, "scale_id": scale}
            add("answers", {**base, "aid": answer_id} if version > 3 else base, names, "answer", "answer_l10ns", "aid")
    titles = table("surveys_languagesettings", [
        {"surveyls_language": "nl-informal", "surveyls_title": html.escape("Monitor \"AI\"")},
        {"surveyls_language": "en", "surveyls_title": "AI monitor"}])
    body = "".join(table(name, rows) for name, rows in tables.items() if rows)
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<document>\n <LimeSurveyDocType>Survey</LimeSurveyDocType>\n'
            f' <DBVersion>{145 if version <= 3 else 600}</DBVersion>\n{body}{titles}</document>\n').encode()


COLUMNS = [("AI[SQ002]", "Wat vindt u van AI? [Ik gebruik het & deel het]"), ("AI[SQ001]", "Wat vindt u van AI? [Ik weet hoe het werkt]"),
           ("TOOLS[CHAT]", "Wat gebruikt u? [Een chatbot]"), ("WHY", "Waarom?"),
           ("DUAL[S][1]", "Nu en straks [Schrijven][Scale 1]"), ("DUAL[S][2]", "Nu en straks [Schrijven][Scale 2]"),
           ("RANK[1]", "Zet op volgorde [Rank 1]"), ("RANK[2]", "Zet op volgorde [Rank 2]"), ("FIVE", "Cijfer"), ("FREE", "Nog iets?")]
CODES = [["A1", "A4", "Y", "1", "L1", "M2", "x", "y", "5", "Niets; of\ntoch"], ["A2", "A3", "", "2", "L2", "M1", "y", "", "1", ""],
         ["", "A1", "", "", "", "", "", "", "", ""], ["A4", "", "Y", "-oth-", "L1", "M1", "x", "y", "3", "x"]]
TEXTS = [["Helemaal mee oneens", "Strongly agree", "Ja", "Het moet", "weinig", "meer", "tijd", "geld", "5", "Niets"],
         ["Mee oneens", "Mee eens", "Nee", "5 reasons", "veel", "minder", "geld", "", "1", ""],
         ["", "Helemaal mee oneens", "N/A", "", "", "", "", "", "", ""],
         ["helemaal mee eens", "", "Yes", "-oth-", "little", "less", "tijd", "geld", "3", "x"]]
# What each answer stands for, by item; a box that is not ticked is 0 where the response was sent off.
MEANS = [{"AI[SQ002]": 1, "AI[SQ001]": 4, "TOOLS[CHAT]": 1, "WHY": 1, "DUAL[S][1]": 1, "DUAL[S][2]": 2, "RANK[1]": 1, "RANK[2]": 2, "FIVE": 5},
         {"AI[SQ002]": 2, "AI[SQ001]": 3, "TOOLS[CHAT]": 0, "WHY": 2, "DUAL[S][1]": 2, "DUAL[S][2]": 1, "RANK[1]": 2, "FIVE": 1},
         {"AI[SQ001]": 1},
         {"AI[SQ002]": 4, "TOOLS[CHAT]": 1, "DUAL[S][1]": 1, "DUAL[S][2]": 1, "RANK[1]": 1, "RANK[2]": 2, "FIVE": 3}]
