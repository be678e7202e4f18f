-- The instrument: what the columns of an export of the monitor "Leren en lesgeven met ict" mean.
-- Every indicator of the other files reads its answers through this.
local w = require "wijzer"

-- Most statements are answered on the same scale, as a number or in words.
local function agree(nl, en) return { nl = nl, en = en, range = { 1, 5 } } end
local function disagree(nl, en) return { nl = nl, en = en, range = { 1, 5 }, reverse = true } end

w.instrument {
  id = "monitor-ict",
  title = { nl = "Monitor leren en lesgeven met ict", en = "Teaching with ICT monitor" },
  respondent = "token",      -- who: the same token in the same wave replaces the earlier answers
  submitted = "submitdate",  -- empty: the questionnaire was not finished
  wave = "jaar",
  levels = { "institution", "team" }, -- outermost first
  groups = { institution = "instelling", team = "team" },
  missing = { 99, "n.v.t.", "weet niet" },
  labels = {
    ["helemaal mee oneens"] = 1,
    ["mee oneens"] = 2,
    ["neutraal"] = 3,
    ["mee eens"] = 4,
    ["helemaal mee eens"] = 5,
  },
  items = {
    -- Generative AI: knowledge and attitude
    ai_1 = agree("Ik weet hoe generatieve AI tot een antwoord komt", "I know how generative AI comes to an answer"),
    ai_2 = agree("Ik kan beoordelen of een antwoord van AI klopt", "I can judge whether an AI's answer is right"),
    ai_3 = disagree("Ik weet niet waar ik met AI moet beginnen", "I do not know where to begin with AI"),
    ai_4 = agree("Ik ken de afspraken van mijn instelling over AI", "I know my institution's rules about AI"),
    ai_5 = agree("Ik kan een goede opdracht aan AI formuleren", "I can write a good prompt"),
    ai_6 = agree("Ik weet welke gegevens niet in AI thuishoren", "I know which data must not be given to AI"),
    ai_10 = agree("Ik gebruik AI bij het voorbereiden van lessen", "I use AI to prepare lessons"),
    ai_11 = agree("Ik gebruik AI in de les", "I use AI in class"),
    -- Blended teaching
    blend_1 = agree("Ik kies bewust wat online en wat op school gebeurt", "I choose what happens online and at school"),
    blend_2 = agree("Ik ontwerp online activiteiten die aansluiten", "I design online activities that fit in"),
    blend_3 = agree("Ik begeleid studenten online", "I coach students online"),
    blend_4 = agree("Ik volg online hoe studenten vorderen", "I follow students' progress online"),
    blend_5 = disagree("Online werken kost mij meer dan het oplevert", "Working online costs me more than it yields"),
    blend_6 = agree("Ik geef online feedback", "I give feedback online"),
    -- Vision: what should be; practice: what is
    vision_1 = agree("AI hoort bij het beroep van onze studenten", "AI is part of our students' trade"),
    vision_2 = agree("Elke student moet met ict leren werken", "Every student must learn to work with ICT"),
    vision_3 = agree("Ons team heeft een visie op ict", "Our team has a vision on ICT"),
    practice_1 = agree("Mijn studenten werken in de les met AI", "My students work with AI in class"),
    practice_2 = agree("Mijn studenten werken wekelijks met ict", "My students work with ICT every week"),
    practice_3 = agree("Wij bespreken ict in het teamoverleg", "We discuss ICT in team meetings"),
    -- Digital skills
    skill_1 = agree("Ik los kleine ict-problemen zelf op", "I solve small ICT problems myself"),
    skill_2 = agree("Ik maak digitaal lesmateriaal", "I make digital teaching material"),
    skill_3 = agree("Ik help collega's met ict", "I help colleagues with ICT"),
    skill_4 = agree("Ik ga veilig om met gegevens van studenten", "I handle students' data safely"),
    -- Support by the school
    support_1 = agree("Ik kan terecht met vragen over ict", "There is somebody for my questions about ICT"),
    support_2 = agree("Ik krijg tijd om ict te leren gebruiken", "I am given time to learn to use ICT"),
    support_3 = agree("De apparatuur werkt als ik hem nodig heb", "Equipment works when I need it"),
    -- About the teacher
    experience = { nl = "Jaren voor de klas", en = "Years of teaching", range = { 0, 50 } },
  },
}
