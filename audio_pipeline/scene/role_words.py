"""The words by which file names tell a role, in seven languages. A line holds phrases of one role and rank.

Words are lower case without accents, as role_names.py makes a name's own. A phrase matches when all its words stand in
a name, in any order; a plural s is understood. Of several matches the higher rank wins, then the longer phrase, then
the one that stands last:

2  an effect's return, whatever it is the effect of (a vocal's reverb is no vocal)
1  one instrument
0  a family, which gives way to any instrument beside it ("drum overheads", "vocal harmony")
"""

from typing import Final

# fmt: off
ROLE_WORDS: Final[tuple[tuple[str, int, str], ...]] = (
    ("ambience", 2, "reverb, verb, rvb, hall verb, plate verb, riverbero, hall reverb, nachhall, リバーブ"),
    ("fx", 2, "delay, dly, echo, vocal fx, vox fx, ディレイ"),
    ("lfe", 2, "lfe"),
    ("residual", 2, "residual, mix residual"),

    ("lead_vocal", 1, "lead vox, lead vocal, lead voc, lead voice, ld vox, ldv, lv, main vox, main vocal"),
    ("lead_vocal", 1, "lead singer, rap, rapper, narration"),
    ("lead_vocal", 1, "voz principal, voz lead, voix lead, voix principale, voce principale, voce solista"),
    ("lead_vocal", 1, "hauptstimme, leadgesang, lead gesang, hauptgesang"),
    ("lead_vocal", 1, "リードボーカル, メインボーカル"),
    ("lead_vocal", 0, "vox, vocal, voc, voice, singer, singing, speech, acapella"),
    ("lead_vocal", 0, "voz, voces, vozes, canto, cantante, voix, chant, voce, voci, gesang, stimme, sanger"),
    ("lead_vocal", 0, "ボーカル, ヴォーカル, 歌, うた"),

    ("backing_vocal", 1, "bv, bgv, bgvox, bvox, bvoc, backing vox, backing vocal, backing voc, background vocal"),
    ("backing_vocal", 1, "background vox, back vox, back vocal, backup vocal, backup vox"),
    ("backing_vocal", 1, "harmony, harmonies, harm vox, harm vocal, vox double, vocal double, vox dbl, vocal dbl"),
    ("backing_vocal", 1, "voc dbl, vocal doubler, adlib, ad lib, gang vocal, gang vox, ooh, aah, ohs, ahs"),
    ("backing_vocal", 1, "coros, segunda voz, segundas voces, backing voces, voz backing, coristas, choeurs"),
    ("backing_vocal", 1, "voix doublee, voix secondaire, cori, seconda voce, backing vocais, segunda voz"),
    ("backing_vocal", 1, "hintergrundgesang, backgroundgesang, zweitstimme"),
    ("backing_vocal", 1, "コーラス, ハモリ, バックコーラス"),
    ("choir", 1, "choir, gospel choir, choral, coro, choeur, chorale, chor, corale, 合唱, クワイア"),

    ("kick", 1, "kick, kik, kck, bd, bass drum, bassdrum, kick drum, kick in, kick out"),
    ("kick", 1, "bombo, grosse caisse, cassa, gran cassa, grosse trommel, basstrommel, bumbo, キック, バスドラム"),
    ("kick", 1, "バスドラ"),
    ("snare", 1, "snare, snr, sd, sn, snare drum, rimshot, sidestick"),
    ("snare", 1, "caja, tarola, redoblante, caisse claire, rullante, kleine trommel, caixa, スネア"),
    ("toms", 1, "tom, tomtom, floor tom, rack tom, goliat, タム"),
    ("hats", 1, "hat, hh, hihat, hi hat, high hat, charles, charley, charleston, chimbal, contratempo, ハイハット"),
    ("overheads", 1, "overhead, oh, ohs, cymbal, cym, ride, crash, splash"),
    ("overheads", 1, "platillos, platos, cymbale, piatti, becken, pratos, aereos, シンバル, オーバーヘッド, トップ"),
    ("percussion", 1, "percussion, perc, prc, shaker, tamb, tambo, tambourine, conga, bongo, cowbell, clap"),
    ("percussion", 1, "handclap, snap, triangle, cajon, timbale, djembe, maraca, guiro, claves, woodblock, tabla"),
    ("percussion", 1, "udu, cabasa, bell tree, chimes, timpani, steel drum, steelpan, glockenspiel, glock"),
    ("percussion", 1, "xylophone, marimba, vibraphone, vibes"),
    ("percussion", 1, "percusion, percusiones, percussione, percussioni, perkussion, schlagwerk, percussao"),
    ("percussion", 1, "pandeiro, pandereta, surdo, agogo, パーカッション"),
    ("drums", 0, "drum, drums, drumkit, drum kit, drm, kit, drumset, drum bus, drum mix, drum loop, beat"),
    ("drums", 0, "breakbeat"),
    ("drums", 0, "bateria, batterie, batteria, schlagzeug, trommel, tambores, ドラム, ドラムス"),
    ("drums", 1, "drum room, kit room, drum amb, drum mono, drum crush"),

    ("bass", 1, "bass, bs, bass guitar, bassgtr, bass gtr, bass di, bass amp, upright bass, double bass"),
    ("bass", 1, "contrabass, acoustic bass, electric bass, synth bass, bass synth, sub bass, sub, subbass"),
    ("bass", 1, "moog bass, fretless, 808"),
    ("bass", 1, "bajo, contrabajo, bajo electrico, basse, contrebasse, guitare basse, basso, contrabbasso"),
    ("bass", 1, "kontrabass, bassgitarre, e bass, baixo, contrabaixo, baixo acustico, ベース, ベースギター"),
    ("bass", 1, "コントラバス"),

    ("lead_guitar", 1, "lead guitar, lead gtr, lead guit, ld gtr, solo guitar, guitar solo, gtr solo, solo gtr"),
    ("lead_guitar", 1, "harmony guitar, harmony gtr, pedal steel, lap steel, slide guitar"),
    ("lead_guitar", 1, "guitarra solista, guitarra lead, guitarra solo, guitare solo, guitare lead"),
    ("lead_guitar", 1, "chitarra solista, chitarra solo, sologitarre, leadgitarre, solo gitarre, lead gitarre"),
    ("lead_guitar", 1, "リードギター"),
    ("acoustic_guitar", 1, "acoustic guitar, acoustic gtr, ac guitar, ac gtr, aco gtr, acgtr, agtr, acou gtr"),
    ("acoustic_guitar", 1, "nylon, nylon guitar, classical guitar, string guitar, string gtr, ukulele, uke, banjo"),
    ("acoustic_guitar", 1, "mandolin, dobro, bouzouki"),
    ("acoustic_guitar", 1, "guitarra acustica, guitarra espanola, guitarra clasica, guitarra criolla"),
    ("acoustic_guitar", 1, "guitare acoustique, guitare classique, guitare seche, chitarra acustica"),
    ("acoustic_guitar", 1, "chitarra classica, akustikgitarre, akustische gitarre, a gitarre, konzertgitarre"),
    ("acoustic_guitar", 1, "violao, cavaquinho, アコギ, アコースティックギター"),
    ("acoustic_guitar", 0, "acoustic"),
    ("rhythm_guitar", 1, "rhythm guitar, rhythm gtr, rhy gtr, rtm gtr, electric guitar, electric gtr, elec guitar"),
    ("rhythm_guitar", 1, "elec gtr, el gtr, egtr, e gtr, e guitar, dist guitar, dist gtr, clean guitar, clean gtr"),
    ("rhythm_guitar", 1, "power chords"),
    ("rhythm_guitar", 1, "guitarra electrica, guitarra ritmica, guitare electrique, guitare rythmique"),
    ("rhythm_guitar", 1, "chitarra elettrica, chitarra ritmica, e gitarre, egitarre, rhythmusgitarre"),
    ("rhythm_guitar", 1, "guitarra eletrica, guitarra base, エレキ, エレキギター"),
    ("rhythm_guitar", 0, "guitar, gtr, guit, gitr, git, gt, guitarra, guitare, chitarra, gitarre, ギター"),

    ("piano", 1, "piano, pno, grand piano, upright piano, pianoforte, klavier, flugel, piano a queue, ピアノ"),
    ("keys", 1, "keyboard, keys, rhodes, wurli, wurly, wurlitzer, ep, e piano, epiano, electric piano, elec piano"),
    ("keys", 1, "clav, clavinet, harpsichord, cembalo, celesta, celeste, mellotron, pluck, bells, accordion"),
    ("keys", 1, "acordeon, accordeon"),
    ("keys", 1, "teclado, clavier, tastiera, tastiere, tasten, piano electrico, piano electrique, piano elettrico"),
    ("keys", 1, "piano eletrico, キーボード, エレピ"),
    ("keys", 0, "synth, synthesizer, syn, sintetizador, synthe, synthetiseur, sintetizzatore, sinte, シンセ"),
    ("organ", 1, "organ, org, hammond, organo, orgue, orgel, orgao, オルガン"),
    ("pads", 1, "pad, synth pad, drone, texture, nappe, tappeto, flache, flachen, flaeche, flaechen, パッド"),
    ("synth_lead", 1, "lead synth, synth lead, lead syn, ld synth, arp, arpeggio, arpeggiator, sintetizador lead"),
    ("synth_lead", 1, "synthe lead, シンセリード"),

    ("strings", 1, "string, strings, string section, violin, vln, vl, viola, vla, cello, celli, vc, vlc, fiddle"),
    ("strings", 1, "harp"),
    ("strings", 1, "cuerda, violines, violonchelo, chelo, corde, violon, alto cordes, violoncelle, archi, violino"),
    ("strings", 1, "violini, violoncello, streicher, geige, violine, bratsche, cordas, arpa, harpe, harfe"),
    ("strings", 1, "ストリングス, 弦, 弦楽器, バイオリン, ヴァイオリン, チェロ"),
    ("brass", 1, "brass, horn, trumpet, tpt, trp, trombone, tbn, trb, tuba, flugelhorn, cornet, french horn"),
    ("brass", 1, "horn section"),
    ("brass", 1, "metales, vientos, trompeta, trombon, cuivres, trompette, cor anglais, ottoni, fiati, tromba"),
    ("brass", 1, "blaser, blaeser, blechblaser, blechblaeser, trompete, posaune, metais, sopros, ブラス, 金管"),
    ("brass", 1, "トランペット, トロンボーン"),
    ("woodwinds", 1, "woodwind, wind, flute, clarinet, oboe, bassoon, sax, saxophone, tenor sax, alto sax"),
    ("woodwinds", 1, "piccolo, recorder, whistle, harmonica, ww"),
    ("woodwinds", 1, "maderas, flauta, clarinete, saxofon, saxo, bois, flute traversiere, clarinette, hautbois"),
    ("woodwinds", 1, "saxophone, legni, flauto, clarinetto, sassofono, holzblaser, holzblaeser, flote, floete"),
    ("woodwinds", 1, "klarinette, saxophon, madeiras, saxofone, gaita, armonica, mundharmonika, サックス"),
    ("woodwinds", 1, "フルート, 木管"),

    ("fx", 1, "fx, sfx, efx, effect, riser, sweep, impact, whoosh, downlifter, uplifter, noise, transition"),
    ("fx", 1, "scratch, ear candy, reverse cymbal, boom"),
    ("fx", 1, "efectos, effets, effetti, effekt, effekte, efeitos, 効果音"),
    ("ambience", 0, "room, ambience, ambiance, ambient, amb, atmos, atmo, crowd, audience, applause"),
    ("ambience", 0, "field recording, nature"),
    ("ambience", 0, "ambiente, publico, public, pubblico, publikum, raum, sala, aplausos, 環境音, アンビエンス"),
    ("music_bed", 0, "instrumental, music, backing track, playback, karaoke, minus one, accompaniment, band, bed"),
    ("music_bed", 0, "musica, musique, musik, base musical, banda, begleitung, instrumentale, 伴奏, オケ, カラオケ"),
)
# fmt: on
