### Lo que los clientes leen en su chat con el bot

welcome = ¡Hola! Está escribiendo a { $project }. Envíe su mensaje y una persona le responderá aquí.
notice = { $project } guarda esta conversación para responderle y la borra cuando termina su plazo. Se guarda cifrada y solo la leen quienes le atienden. ¿Está de acuerdo?
notice-changed = El aviso de privacidad de { $project } ha cambiado desde que usted respondió. { $project } guarda esta conversación para responderle y la borra cuando termina su plazo. Se guarda cifrada y solo la leen quienes le atienden. ¿Sigue estando de acuerdo?
notice-details = Qué se guarda: sus mensajes y archivos, su nombre y nombre de usuario tal como los muestra Telegram. Cuánto tiempo: lo que digan las reglas de este servicio; después una persona lo revisa y todo se borra para siempre.
button-agree = Acepto
button-details = Detalles
button-decline = No, gracias
agreed = Gracias. Escriba cuando quiera.
declined = Entendido. Nada de lo que escriba aquí se guarda. Si cambia de opinión, envíe /start.
closed = Esta conversación está cerrada. Si falta algo, escriba de nuevo.
button-reopen = Abrirla de nuevo
alert-too-late-to-reopen = Ya es tarde para abrir de nuevo esta conversación. Su próximo mensaje empieza una nueva.
reopened = Esta conversación está abierta de nuevo.
not-stored = Usted rechazó el aviso de privacidad, por eso este mensaje no se guardó y nadie lo verá. Para cambiarlo, envíe /start.
nothing-open = No hay ninguna conversación abierta.
too-late = Esta conversación se cerró entretanto. Escriba de nuevo para empezar otra.
settings =
    Sus ajustes en { $project }

    { $place }
    { $kept }
settings-kept-usual = Sus conversaciones se guardan el tiempo que dicen las reglas, y no más.
settings-kept-longer = El { $date } usted aceptó que sus conversaciones se guarden más tiempo.
button-where-i-live = Dónde vivo
button-keep-longer = Guardar más mis conversaciones
button-usual-time = No más de lo habitual
button-yes-longer = Sí, guardarlas más tiempo
button-back = Atrás
button-skip = Omitir
where-from = ¿Dónde vive? La ley de ese lugar dice cuánto tiempo pueden guardarse sus conversaciones. No tiene que responder, y puede escribir en cualquier momento.
you-live-here = Usted vive aquí: { $place }. { $origin }
origin-customer = Lo dijo usted.
origin-staff = Lo indicaron quienes le atienden.
origin-language = Se dedujo del idioma de su Telegram.
place-default = No se sabe dónde vive, así que rigen las reglas como para: { $place }.
place-not-known = No se sabe dónde vive.
place-skipped = De acuerdo. Diga dónde vive con /settings cuando quiera.
place-eu = Unión Europea y EEE
place-california = California
place-mainland-china = China continental
ask-longer = Si acepta, las reglas de este servicio pueden guardar sus conversaciones más tiempo de lo habitual, para que estén ahí cuando las necesite. Puede retirarlo aquí en cualquier momento. ¿Acepta?
alert-noted = Anotado.
choose-language = ¿En qué idioma le escribo? A las personas de aquí puede escribirles en cualquier idioma.
language-chosen = A partir de ahora le escribo en: { $language }.
command-language = El idioma en que le escribo

### Lo que los clientes leen de sus datos, de su borrado y de las reglas

nothing-kept = Aquí no se guarda nada sobre usted.
ask-title = ¿Borrar todo lo que { $project } guarda sobre usted? Solicitud { $number }
ask-goes = • Conversaciones que se borran: { $sessions }, con mensajes: { $messages }, y todos sus archivos
ask-person = • Su nombre, nombre de usuario, ajustes y consentimientos
stays-title = Lo que por ahora debe quedar:
stays-nothing = Nada tiene que quedar.
stays-by-law = • Conversaciones: { $sessions }, por ley, hasta el { $until } como máximo. Motivo: { $because }
stays-by-hold = • Conversaciones: { $sessions }, retenidas como prueba o por una reclamación, hasta que se liberen
stays-meaning = Lo que queda está cerrado para todos salvo el equipo de cumplimiento, y se borra solo cuando termina su motivo.
ask-end = No se puede deshacer. En cuanto confirme, nadie verá sus datos; se borran en 24 horas, 48 como máximo. El botón funciona hasta el { $until }, solo para usted.
button-confirm-erasure = Borrar mis datos
button-keep-data = Conservarlos
alert-kept = No se ha borrado nada. Si cambia de opinión, envíe /deletemydata.
alert-not-yours = Este botón no es suyo o ya no es válido. No ha pasado nada. Envíe /deletemydata para obtener uno nuevo.
alert-confirmed = Confirmado. Desde ahora nadie ve sus datos.
alert-under-way = El borrado está en marcha. /status muestra cómo va.
write-in-private = Esto le concierne solo a usted: escríbame en privado.
button-open-private = Abrir el chat privado
no-anonymous = Si escribe en nombre de un grupo o canal no puedo saber quién es. Escríbame en privado.
slow-down = Espere un poco: volveré a responder a esto en un minuto.
progress-title = Borrado de sus datos · { $number }
requested-at = ✅ Solicitado: { $at }
waits-for-you = ⏳ Espera su confirmación hasta el { $until }. Envíe /deletemydata para un botón nuevo.
waits-for-staff = ⏳ Espera la confirmación de una segunda persona del equipo.
hidden-at = ✅ Confirmado y oculto para todos: { $at }
keys-at = ✅ Claves destruidas: { $at }. Desde entonces ninguna copia se puede leer.
keys-pending = ⏳ Se están destruyendo las claves
removed-at = ✅ Mensajes, archivos y copias archivadas eliminados: { $at }
removed-pending = ⏳ Se están eliminando mensajes, archivos y copias archivadas
verified-at = ✅ Todos los almacenes comprobados, nada encontrado: { $at }
verified-pending = ⏳ Se comprobarán todos los almacenes
receipt-pending = ⏳ Su comprobante aparecerá aquí
due-by = Objetivo: { $target }. Como máximo: { $deadline }.
law-by = Plazo según { $regulation }: { $deadline }.
receipt-title = Comprobante { $number }: sus datos se han borrado
rest-title = Comprobante { $number }: lo que debía quedar también se ha borrado ya
all-stays-title = Comprobante { $number }: por ahora todo debe conservarse
removed-title = Borrado:
counts-sessions =
    { $count ->
        [one] { $count } conversación
       *[other] { $count } conversaciones
    }
counts-messages =
    { $count ->
        [one] { $count } mensaje
       *[other] { $count } mensajes
    }
counts-revisions =
    { $count ->
        [one] { $count } versión de un mensaje
       *[other] { $count } versiones de mensajes
    }
counts-attachments =
    { $count ->
        [one] { $count } archivo
       *[other] { $count } archivos
    }
counts-objects =
    { $count ->
        [one] { $count } objeto archivado
       *[other] { $count } objetos archivados
    }
counts-bytes =
    { $count ->
        [one] { $count } byte en el archivo
       *[other] { $count } bytes en el archivo
    }
telegram-keeps = Lo que no podemos alcanzar: este mismo chat, en los servidores de Telegram y en sus dispositivos, y lo que otros hayan reenviado. Para borrarlo: menú del chat, «Eliminar chat», y elija eliminarlo para ambos.
final-from = Definitivo desde: { $at }. Hasta entonces, el almacén guarda copias de los archivos eliminados. Sus claves están destruidas, así que nadie puede leerlas.
quote = Si tiene preguntas, indique { $number }. /status muestra esto de nuevo.
button-copy-number = Copiar el número
inactivity-warning = Hace tiempo que no escribe a { $project }. Lo que se guarda aquí sobre usted se borrará el { $date }. Para conservarlo, envíe antes cualquier mensaje, por ejemplo /status. Si puede borrarse, no tiene que hacer nada.
refused = Su solicitud { $number } fue rechazada. El motivo: { $ground }
refusal-grounds-not-identified = No se pudo comprobar que la solicitud venga de la persona afectada (RGPD, art. 12.2 y 12.6).
refusal-grounds-legal-duty = Una ley nos obliga a conservar estos datos por ahora (RGPD, art. 17.3.b).
refusal-grounds-legal-claims = Los datos son necesarios para formular, ejercer o defender reclamaciones (RGPD, art. 17.3.e).
refusal-grounds-manifestly-unfounded = La solicitud es manifiestamente infundada o excesiva (RGPD, art. 12.5).
extended = El plazo legal se ha ampliado: { $ground }
extension-grounds-complexity = la solicitud es compleja.
extension-grounds-number-of-requests = llegaron muchas solicitudes a la vez.
complain = Si no está de acuerdo, responda aquí o vea /developer_info. También puede reclamar ante la autoridad de protección de datos del lugar donde vive o trabaja ({ $regulation }), o acudir a los tribunales.
expired = La solicitud { $number } no se confirmó a tiempo. No se ha borrado nada. Envíe /deletemydata para pedirlo de nuevo.
withdrawn = La solicitud { $number } se retiró. No se ha borrado nada.
nothing-running = No hay ninguna solicitud de borrado suya. /mydata muestra lo que se guarda.
new-conversation = Con esto empezó una conversación nueva. No forma parte del borrado { $number }, que sigue en marcha. Para borrarla también, envíe /deletemydata otra vez cuando aquel termine.
my-data-title = Lo que { $project } guarda sobre usted
telegram-id = Id de Telegram: { $id }
name-is = Nombre: { $name }
username-is = Nombre de usuario: @{ $username }
language-is = Idioma: { $language }
place-is = Dónde vive: { $place } ({ $origin })
place-unknown = Dónde vive: no se sabe; se trata como { $place }
place-origin-customer = lo dijo usted
place-origin-staff = lo indicaron quienes le atienden
place-origin-language = deducido de su idioma
elsewhere = otro lugar
consent-agreed = Aviso de privacidad { $version }: aceptó el { $at }
consent-declined = Aviso de privacidad { $version }: lo rechazó el { $at }
no-consent = Aviso de privacidad: sin respuesta
kept-longer = Aceptó que se guarde más tiempo el { $at }
unsubscribed-since = Sin contacto, como pidió el { $at }
sessions-held = Conversaciones: { $count }
session = { $id } · empezó el { $opened } · mensajes: { $messages }
phase-open = Abierta.
phase-closed = Cerrada; se sellará en el archivo.
phase-archived = Sellada en el archivo.
phase-review = Su plazo terminó; una persona la revisa antes de borrarla.
phase-erasing = Se está borrando, como pidió. Ya nadie la ve.
phase-deleting = Se está borrando.
on-hold = Retenida: no se borra mientras dure.
restricted = Se guarda pese a su solicitud de borrado; cerrada para todos salvo el equipo de cumplimiento.
kept-until = Se guarda hasta el { $until }.
kept-until-about = Se guarda hasta el { $until } aproximadamente, tal como están las cosas.
rule-is = Por qué: { $because }.
rule-base = el plazo habitual de este servicio
rule-extension = un supervisor lo prolongó
rule-spam = marcada como spam
page = Página { $page } de { $pages }
button-newer = ‹ Más recientes
button-older = Más antiguas ›
my-data-hint = Obtenerlo todo: /export · Borrarlo: /deletemydata · Las reglas: /privacy
privacy-title = Cuánto tiempo guarda { $project } cada cosa
base-keeps = • Normalmente: { $period } desde el cierre de la conversación
rule-keeps-baseline = • { $period }: { $because }
rule-keeps-cap = • Como máximo { $period }: { $because }
rule-keeps-minimum = • Como mínimo { $period }: { $because }
by-law = lo exige la ley
strictest = Cuenta el plazo más corto aplicable, y solo un motivo con nombre lo alarga. Antes de borrar, una persona tiene { $window } para revisar.
sealed = Mensajes, archivos y nombres se guardan cifrados y solo los leen quienes le atienden. Tras el borrado se destruyen las claves, y ninguna copia se puede leer.
notice-at = El aviso de privacidad completo: { $url }
your-rights = Sus datos: /mydata · /export · /deletemydata · /settings · /unsubscribe
operator = Responsable de { $project }:
no-contact = El responsable de este bot no ha dado ninguna dirección. Escriba aquí y una persona le responderá.
unsubscribed = No recibirá más mensajes de aquí, ni del bot ni de una persona, hasta que vuelva a escribir. Lo que se guarda sobre usted queda hasta que termine su plazo, salvo que lo borre:
button-delete-too = Borrar también mis datos…
export-started = Se están reuniendo sus datos. Los archivos llegarán aquí; puede tardar unos minutos.
export-running = Sus datos ya se están reuniendo.
export-too-often = Ha recibido sus datos tres veces en un día. Podrá recibirlos de nuevo desde el { $at }.
export-readable = Sus datos, para leer en un navegador
export-machine = Sus datos en el formato de exportación de Telegram Desktop, para programas
export-done = Eso es todo. Archivos: { $files }.
export-withheld = No se incluyen las conversaciones cerradas por una solicitud de borrado: { $sessions }.
export-failed = Ahora no se pudieron enviar sus datos. Pruebe /export más tarde.
export-stopped = Sus datos se están borrando, por eso ya no se envían.
you = Usted
edited = editado el { $at }; antes:
attachment = Archivo ({ $kind }): { $name }
command-start = Empezar y ver el aviso de privacidad
command-end = Cerrar esta conversación
command-settings = Dónde vive y cuánto tiempo se guarda
command-mydata = Qué se guarda sobre usted y hasta cuándo
command-status = Cómo va el borrado de sus datos
command-export = Recibir todos sus datos en archivos
command-deletemydata = Borrar sus datos
command-unsubscribe = No recibir más mensajes de aquí
command-privacy = Cuánto tiempo se guarda cada cosa
command-developer_info = Quién es responsable de este bot

### Lo que el equipo lee en el grupo, en sus temas y en sus chats con el bot

staff-welcome = Usted es del equipo de { $project }: aquí aparecen las revisiones que le esperan. A los clientes se les responde en el grupo del equipo, en el tema de su sesión.
command-staff-close = Cerrar esta sesión
command-staff-reopen = Abrirla de nuevo, mientras dure su plazo
command-staff-tag = Etiquetarla: /tag refund
command-staff-untag = Quitar una etiqueta: /untag refund
command-staff-hold = Detener cualquier borrado: /hold motivo
command-staff-jurisdiction = Corregir dónde vive el cliente: /jurisdiction EU
command-staff-release = Liberar su retención: /release motivo
topic-open = abierta
topic-closed = cerrada
topic-archived = archivada
topic-review = en revisión
topic-deleted = borrada
status-opened = Escribe un cliente. Responda aquí; /close al terminar, /tag para etiquetarla.
status-closed = Cerrada.
status-reopened = Abierta de nuevo.
status-tagged = Etiquetas cambiadas.
status-redated = Se indicó una fecha desde la que cuenta su plazo.
status-jurisdiction = Se corrigió dónde vive el cliente.
status-held = Retenida.
status-released = Liberada.
status-release-asked = Su liberación espera a una segunda persona.
status-archived = Los mensajes están sellados en el archivo.
status-review = Terminó el plazo de conservación.
status-lapsed = El plazo de revisión pasó sin decisión.
status-decided = La revisión está decidida.
status-blocked = El cliente ha bloqueado el bot: la última respuesta no se entregó.
status-undelivered = Telegram rechazó la última respuesta: no se entregó. Queda guardada en la sesión.
status-unsubscribed = El cliente no quiere más contacto: ninguna respuesta le llega hasta que vuelva a escribir.
status-uncopied = Llegó un mensaje que Telegram no deja copiar aquí. Queda guardado en la sesión.
status-tags = Etiquetas: { $tags }
status-on-hold = Retenida: no se borra nada mientras dure.
next-close-if-idle = Abierta. Se cierra sola si nadie escribe hasta { $date }.
next-archive = Cerrada. Se puede abrir de nuevo hasta { $date }; después se archiva.
next-archive-now = Cerrada. Se archiva ahora.
next-open-review = Archivada. Se guarda hasta { $date }; después un supervisor revisa su borrado.
next-open-review-now = Empieza ahora una revisión nueva con el plazo completo.
next-end-review = En revisión, ronda { $round }. Espera a un supervisor hasta { $date }; después decide la política.
next-delete = Se borrará el { $date }.
next-delete-now = Se borra ahora.
next-paused = Debe borrarse, pero los borrados de su proyecto están en pausa hasta que cumplimiento los reanude.
next-restricted = Restringida: la ley obliga a guardarla pese a una solicitud de borrado, solo para cumplimiento.
next-held = Retenida hasta que se libere.
next-held-until = Retenida hasta { $date }, salvo que se libere antes.
next-end = Borrada.
button-hold = Retener
alert-recorded = Anotado.
approval-policy = Una política que guarda las sesiones menos tiempo
approval-hold-release = La liberación de una retención
approval-erasure = El borrado de los datos de un cliente
approval-waits = { $what }: espera a una segunda persona
approval-target = Sobre { $target }: { $reason }
approval-asked = Lo pidió { $who } el { $at }
approval-reason = Motivo: { $reason }
approval-approved = Aprobado por { $who }.
approval-refused = Rechazado por { $who }.
staff-short = equipo { $id }
button-approve = Aprobar
button-refuse = Rechazar
alert-deletions-go-on = Los borrados siguen.
narrowed = 🔒 El cliente escribió. Queda en la sesión y no se muestra aquí: según la política solo pueden leerlo { $roles }.
narrowed-to-nobody = 🔒 El cliente escribió. Queda en la sesión y no se muestra aquí: según la política nadie puede leerlo.
role-agent = agentes
role-supervisor = supervisores
role-compliance = cumplimiento
role-auditor = auditores
role-admin = administradores

### Grupos, cuentas de empresa y mensajes de todo tipo

group-notice = ¡Hola! Aquí responde { $project }. Lo que se me escribe en este grupo se guarda cifrado para responder y llevar un registro, solo lo leen quienes le atienden y se borra al terminar su plazo. Cualquiera puede ver o borrar sus propios datos en todo momento: escríbame en privado /mydata o /deletemydata.
relay-by-owner = Desde la cuenta de empresa
relay-by-staff = Del equipo
relay-no-name = Alguien
relay-not-shown = 📎 Llegó un mensaje ({ $kind }) que Telegram no deja copiar aquí. Está guardado en la sesión.
relay-reaction = Reacción: { $emoji }
relay-reaction-none = Se retiró la reacción.
relay-poll-answer = Respuesta a la encuesta: opción { $options }
relay-poll-answer-none = Se retiró la respuesta a la encuesta.
note-file-too-large = Este archivo ocupa más de 20 MB. Se ha entregado a quienes le atienden, pero no se puede guardar con esta conversación.
note-file-too-large-staff = ⚠️ Este archivo ocupa más de 20 MB, más de lo que Telegram entrega a los bots. Solo está aquí, en Telegram, y no estará en el archivo: guárdelo usted si hay que conservarlo.
note-business-no-reply-staff = ⚠️ Sin entregar: la cuenta de empresa está desconectada o no permite que el bot responda. La respuesta está guardada en la sesión.

### El puesto de trabajo: la ficha de una sesión, su tema y lo que hace el personal en él

status-transferred = Ya hay un responsable de esta sesión: véase la ficha.
status-silent = A partir de ahora las respuestas llegan al cliente sin notificación.
status-audible = Las respuestas vuelven a llegar al cliente con notificación.
status-banned = Bloqueado: ya no se acepta lo que escriba el cliente. /unban lo levanta.
status-unbanned = Ya no está bloqueado: se vuelve a aceptar lo que escriba el cliente.
status-taken-back = La respuesta se ha borrado en el chat del cliente. Lo que decía se conserva en la sesión.
status-not-taken-back = Telegram no ha dejado borrar la respuesta en el chat del cliente: un bot puede hacerlo durante 48 horas. El cliente aún puede leerla.
command-staff-info = La ficha de nuevo, con todas las reglas que influyeron
command-staff-note = Una nota que el cliente nunca ve: /note texto
command-staff-transfer = Quién es responsable: /transfer @colega
command-staff-silent = Respuestas sin notificación, o con ella otra vez
command-staff-delete = Retirar una respuesta: respóndale con esta orden
command-staff-ban = No aceptar nada más de este cliente: /ban caso
command-staff-unban = Volver a aceptar lo que escriba
topics-waiting =
    { $count ->
        [one] ⏳ { $count } sesión espera su tema: Telegram no deja crear más por ahora. Sus mensajes se conservan y aparecerán aquí.
       *[other] ⏳ { $count } sesiones esperan su tema: Telegram no deja crear más por ahora. Sus mensajes se conservan y aparecerán aquí por orden.
    }
topics-over = ✅ Todas las sesiones que esperaban tienen su tema.
desk-note-kept = 📝 Guardado como nota. El cliente no la ve.
desk-edited =
    { $times ->
        [one] ✏️ editado
       *[other] ✏️ editado { $times } veces
    }
banned = { $project } ya no acepta sus mensajes: lo que escriba aquí no se guarda y nadie lo lee. Lo que se conserva de usted sigue siendo suyo para verlo y borrarlo: /mydata
export-note = Una nota interna sobre esta conversación. Su texto puede pedirse al contacto indicado en /privacy: puede hablar de otras personas, así que alguien lo revisa antes.
history-head = Sesiones anteriores de este cliente, la más reciente primero:
history-none = No hay ninguna sesión anterior con este cliente.
history-more = … y { $count } antes de ellas.
history-opened = abierta el { $date }
history-closed = cerrada el { $date }
history-kept = se conserva hasta el { $date }
card-customer = Cliente: { $name }
card-no-name = Cliente: no se conoce su nombre
card-narrowed = Cliente: no se muestra aquí; según la política es solo para { $roles }
card-narrowed-to-nobody = Cliente: no se muestra aquí; según la política no es para nadie
card-in-group = En un grupo: cada mensaje dice de quién es
card-in-business = En el chat de una cuenta de empresa
card-language = Idioma: { $language }
card-tags = Etiquetas: { $tags }
card-no-tags = Etiquetas: ninguna
card-responsible = Responsable: { $who }
card-silent = Las respuestas llegan sin notificación
card-banned = Bloqueado desde { $date }: no se acepta nada de lo que escriba
card-held = Retenida: no se borra nada hasta que se libere
card-held-until = Retenida: no se borra nada hasta { $date }
card-if-closed = Si se cerrara ahora: { $decision }
button-close-session = Cerrar
button-reopen-session = Reabrir
button-tags = Etiquetas…
button-release = Liberar
button-history = Historial
alert-done = Hecho.
transfer-head = ¿Quién será responsable de esta sesión?
transfer-yours = 👉 Esta sesión es suya ahora: { $who }

### Revisiones, su resumen y la aprobación de muchas a la vez

review-head = Revisión de la sesión { $id }, ronda { $round }
review-dates = Abierta el { $opened }, cerrada el { $closed }
review-messages = Mensajes: { $messages }
review-tags = Etiquetas: { $tags }
review-no-tags = Sin etiquetas
review-kept-by = Guardada por la regla: { $rule }
review-deleted = Borrada para siempre: objetos, claves y filas.
review-silence-delete = { $left }. Sin decisión se borra el { $date }.
review-silence-hold = { $left }. Sin decisión queda retenida desde el { $date }.
review-needs-two = Su borrado necesita la aprobación de dos personas.
review-approved-once = 1 de 2 aprobaciones: { $who }, el { $at }. Otra persona tiene que aprobar también.
review-reminder = Sesión { $id }: { $silence }
review-you = usted
review-ended-approve = Borrado aprobado por { $who } el { $at }.
review-ended-extend = Prolongada por { $who } el { $at }.
review-ended-relabel = Etiqueta cambiada por { $who } el { $at }.
review-ended-hold = Retenida por { $who } el { $at }.
review-ended-interrupted = Interrumpida por una retención de { $who } el { $at }.
review-ended-silence-delete = Nadie decidió a tiempo, así que la política la borra el { $at }.
review-ended-silence-hold = Nadie decidió a tiempo, así que la política la retiene desde el { $at }.
left-days =
    { $count ->
        [one] Queda { $count } día
       *[other] Quedan { $count } días
    }
left-hours =
    { $count ->
        [one] Queda { $count } hora
       *[other] Quedan { $count } horas
    }
left-minutes =
    { $count ->
        [one] Queda { $count } minuto
       *[other] Quedan { $count } minutos
    }
left-none = Su plazo ha terminado
review-shown-below = Esta ficha se muestra de nuevo más abajo.
button-next = Siguiente ›
button-approve-rule = Aprobar todas las de una regla…
button-delete-many =
    { $count ->
        [one] Sí, borrar { $count } sesión
       *[other] Sí, borrar { $count } sesiones
    }
alert-round-over = La ronda { $round } ha terminado. { $how }
alert-newer-round = La ronda { $round } tiene su propia ficha.
alert-approved-once = Su aprobación queda anotada. Otra persona tiene que aprobar también el borrado.
alert-one-moment = Un momento…
digest-none = { $project }: ninguna revisión espera una decisión.
digest-waiting =
    { $count ->
        [one] { $project }: { $count } revisión espera una decisión.
       *[other] { $project }: { $count } revisiones esperan una decisión.
    }
digest-ending = Terminan en 1 día: { $day }, en 3 días: { $three }, en 7 días: { $week }.
digest-first = La primera termina el { $date }: { $left }.
digest-silence = Si nadie decide, { $what }.
digest-deletes =
    { $count ->
        [one] { $count } se borrará
       *[other] { $count } se borrarán
    }
digest-holds =
    { $count ->
        [one] { $count } quedará retenida
       *[other] { $count } quedarán retenidas
    }
digest-without-card = { $count } de ellas llegaron sin ficha, como las sesiones importadas. Siguiente también las muestra.
digest-approved-once =
    { $count ->
        [one] { $count } de ellas espera a una segunda persona.
       *[other] { $count } de ellas esperan a una segunda persona.
    }
digest-held =
    { $count ->
        [one] { $count } más está retenida y espera su liberación.
       *[other] { $count } más están retenidas y esperan su liberación.
    }
bulk-rules = ¿Aprobar el borrado de todas las que esperan por qué regla? No ocurre nada antes de que vea lo que haría.
bulk-ask = ¿Borrar para siempre todas las que esperan por la regla { $rule }?
bulk-range =
    { $count ->
        [one] { $count } sesión, la más antigua empezó el { $oldest }, la más reciente el { $newest }.
       *[other] { $count } sesiones, la más antigua empezó el { $oldest }, la más reciente el { $newest }.
    }
bulk-none = Nada de lo que espera por la regla { $rule } puede aprobarse de una vez.
bulk-more =
    { $count ->
        [one] Estas son las que terminan primero. Queda { $count } más: pulse otra vez para esa.
       *[other] Estas son las que terminan primero. Quedan { $count } más: pulse otra vez para esas.
    }
bulk-left-out = Quedan fuera:
bulk-left-held =
    { $count ->
        [one] { $count } retenida
       *[other] { $count } retenidas
    }
bulk-left-restricted =
    { $count ->
        [one] { $count } guardada por ley frente a una solicitud de borrado
       *[other] { $count } guardadas por ley frente a una solicitud de borrado
    }
bulk-left-second-person =
    { $count ->
        [one] { $count } necesita dos personas y nadie la aprobó todavía: mírela
       *[other] { $count } necesitan dos personas y nadie las aprobó todavía: mire cada una
    }
bulk-left-your-own =
    { $count ->
        [one] { $count } ya la aprobó usted, así que debe hacerlo otra persona
       *[other] { $count } ya las aprobó usted, así que debe hacerlo otra persona
    }
bulk-only-these = Lo que entre en revisión desde ahora no está entre ellas.
bulk-approved =
    { $count ->
        [one] Regla { $rule }: aprobado el borrado de { $count } sesión.
       *[other] Regla { $rule }: aprobado el borrado de { $count } sesiones.
    }
bulk-approved-once =
    { $count ->
        [one] { $count } espera ahora a una segunda persona: la política cambió entretanto.
       *[other] { $count } esperan ahora a una segunda persona: la política cambió entretanto.
    }
bulk-decided-approve = Ya aprobadas por { $who }: { $count }.
bulk-decided-extend = Ya prolongadas por { $who }: { $count }.
bulk-decided-relabel = Ya con otra etiqueta, por { $who }: { $count }.
bulk-decided-hold = Ya retenidas por { $who }: { $count }.
bulk-decided-silence = Ya terminadas sin decisión: { $count }.
bulk-refused-held = Rechazadas, llegó una retención: { $count }.
bulk-refused-phase-conflict = Rechazadas, ya no están en revisión: { $count }.
bulk-refused-deletion-began = Rechazadas, el borrado ya empezó: { $count }.
bulk-refused-wrong-round = Rechazadas, empezó otra ronda: { $count }.
bulk-refused = Rechazadas: { $count }. Siguiente las muestra una por una.
button-approve-deletion = Aprobar el borrado
button-keep-30-days = Guardar 30 días más
button-relabel = Cambiar etiqueta…
button-tag-until = { $tag } → hasta { $date }

### Alarmas

deletions-paused = ⛔ Los borrados de { $project } están en pausa: en un día se iría más del archivo de lo que permite su política. No se borra nada hasta que cumplimiento los reanude.
deletions-paused-restored = ⛔ Los borrados de { $project } están en pausa: la base de datos se restauró y es anterior a sus procesos. Cumplimiento comprueba las retenciones y los reanuda; antes, un operador ejecuta retention restore-check.
deletions-resumed = ▶️ Los borrados de { $project } siguen.
button-resume-deletions = Reanudar los borrados
audit-damaged = 🚨 Una comprobación descubrió que el registro de auditoría fue manipulado. Un operador ve dónde con: retention audit verify
audit-refused = 🚨 El registro de auditoría no es el que se firmó antes: fue reescrito o cortado. Un operador debería ejecutar: retention audit verify
audit-unanchored = 🚨 Desde hace más de una hora no se puede guardar la firma del registro de auditoría donde nadie pueda reescribirla. Un operador debería mirar el registro del servicio y ejecutar: retention audit verify
overdue = 🚨 { $project }: { $what }. El servicio lo reintenta solo. Si sigue así, un operador debería ejecutar: retention doctor
overdue-archive =
    { $count ->
        [one] { $count } sesión cerrada ya debería estar archivada
       *[other] { $count } sesiones cerradas ya deberían estar archivadas
    }
overdue-review =
    { $count ->
        [one] { $count } sesión ya debería estar en revisión
       *[other] { $count } sesiones ya deberían estar en revisión
    }
overdue-decision =
    { $count ->
        [one] { $count } revisión ya debería haber terminado
       *[other] { $count } revisiones ya deberían haber terminado
    }
overdue-deletion =
    { $count ->
        [one] { $count } borrado decidido ya debería haber empezado
       *[other] { $count } borrados decididos ya deberían haber empezado
    }
overdue-deleting =
    { $count ->
        [one] { $count } borrado empezado ya debería haber terminado
       *[other] { $count } borrados empezados ya deberían haber terminado
    }
overdue-erasure =
    { $count ->
        [one] { $count } solicitud de borrado está parada o fuera de plazo
       *[other] { $count } solicitudes de borrado están paradas o fuera de plazo
    }
overdue-outbox =
    { $count ->
        [one] { $count } sesión espera a que se avise a su proceso
       *[other] { $count } sesiones esperan a que se avise a su proceso
    }
overdue-audit =
    { $count ->
        [one] { $count } entrada del registro de auditoría no está firmada, o su cabecera no está anclada
       *[other] { $count } entradas del registro de auditoría no están firmadas, o sus cabeceras no están ancladas
    }
updates-gap = { $project }: el bot estuvo ausente más de un día. Lo que los clientes escribieron desde { $from } hasta { $until } UTC no llegó; pregunte a quienes esperaban respuesta.
erasure-late =
    { $hours ->
        [one] 🚨 El borrado { $number } no está hecho { $hours } hora después de su confirmación.
       *[other] 🚨 El borrado { $number } no está hecho { $hours } horas después de su confirmación.
    }
erasure-late-dates = Confirmado { $confirmed }, objetivo { $target }, plazo { $deadline }.
erasure-waits-destroy-keys = Espera a que se destruyan las claves: hasta entonces los datos aún pueden leerse en copias. Compruebe que funcionan la base de claves y el ejecutor.
erasure-waits-remove = Sus claves ya no existen, así que no se puede leer nada. Espera a que se eliminen objetos y filas. Compruebe el archivo: bloqueo de retención, retenciones, acceso, conexión.
erasure-waits-verify = Todo está eliminado. Espera a que se compruebe que todos los almacenes están vacíos. Compruebe el archivo y lo que el proceso dice que queda.
erasure-waits-conclude = Todo se ha ido. Espera a que el comprobante llegue al cliente.
erasure-waits-other = Espera su siguiente paso.
erasure-late-workflow = Su proceso dice en qué está detenido: { $id } en la interfaz de Temporal. Sigue solo en cuanto se arregle.
store-away =
    { $minutes ->
        [one] 🚨 { $project }: el almacén del archivo no responde desde hace { $minutes } minuto. No se pierde nada: los archivos y los borrados lo esperan. Un operador debería ejecutar: retention doctor
       *[other] 🚨 { $project }: el almacén del archivo no responde desde hace { $minutes } minutos. No se pierde nada: los archivos y los borrados lo esperan. Un operador debería ejecutar: retention doctor
    }
archive-damaged =
    { $count ->
        [one] 🚨 { $project }: { $count } objeto del archivo está dañado, cambiado o ya no está en su almacén. No se muestra como auténtico. Un operador debería restaurarlo y ejecutar: retention archive verify
       *[other] 🚨 { $project }: { $count } objetos del archivo están dañados, cambiados o ya no están en su almacén. No se muestran como auténticos. Un operador debería restaurarlos y ejecutar: retention archive verify
    }
objects-missing =
    { $count ->
        [one] 🚨 { $project }: { $count } objeto del archivo ya no estaba en su almacén antes de su borrado. El borrado sigue y queda registrado así; un operador debería averiguar quién más borra allí.
       *[other] 🚨 { $project }: { $count } objetos del archivo ya no estaban en su almacén antes de su borrado. El borrado sigue y queda registrado así; un operador debería averiguar quién más borra allí.
    }
cleared-archive = ✅ { $project }: las sesiones cerradas vuelven a archivarse a tiempo.
cleared-review = ✅ { $project }: las revisiones vuelven a abrirse a tiempo.
cleared-decision = ✅ { $project }: las revisiones vuelven a terminar a tiempo.
cleared-deletion = ✅ { $project }: los borrados decididos vuelven a empezar a tiempo.
cleared-deleting = ✅ { $project }: los borrados vuelven a terminar.
cleared-erasure = ✅ { $project }: ya no hay solicitudes de borrado paradas.
cleared-outbox = ✅ { $project }: los procesos vuelven a recibir avisos.
cleared-audit = ✅ { $project }: el registro de auditoría vuelve a firmarse y anclarse.
cleared-store = ✅ { $project }: el almacén del archivo vuelve a responder. Lo que lo esperaba sigue solo.
cleared-archive-damaged = ✅ { $project }: ya no hay objetos del archivo dañados.
cleared-audit-damaged = ✅ { $project }: la última comprobación del registro de auditoría lo encontró íntegro.
cleared-audit-refused = ✅ { $project }: el registro de auditoría puede firmarse de nuevo.
cleared-audit-unanchored = ✅ { $project }: las cabeceras del registro de auditoría vuelven a llegar a su ancla.
erasure-no-longer-late = ✅ { $project }: el borrado { $number }, que iba con retraso, está hecho.

### The public page about a customer's data
page-kept = Qué se guarda
page-how-long = Cuánto tiempo
page-rights = Qué puede hacer en cualquier momento
page-in-chat = Escriba al bot uno de estos:
page-erasure = Cómo es un borrado
page-erasure-goes = Envíe /deletemydata al bot y confirme. Desde entonces nadie ve sus conversaciones, y en 48 horas desaparecen de todos los almacenes, que se consultan de nuevo para estar seguros. Lo que exige una ley o una reclamación judicial queda bloqueado hasta entonces, y se le dice por qué. Al final recibe un comprobante que cualquiera puede comprobar.
page-receipt = Comprobar un comprobante
page-contact = Quién responde
page-no-contact = El responsable no ha dado ninguna dirección. Escriba al bot y una persona le responderá.
page-version = Aviso de privacidad { $version }

### Lo que se dice a quien pidió una exportación
sessions-export-done = 📦 { $project }: la exportación { $id } se puede recoger hasta { $until }. Sesiones en ella: { $sessions }. Recójala en la consola o con: retention export get { $id }
sessions-export-failed = ⚠️ { $project }: no se pudo escribir la exportación { $id } y no queda nada de ella. El motivo se ve en la consola o con: retention export show { $id }
sessions-export-destroyed = 🗑 { $project }: la exportación { $id } fue destruida, porque algo de lo que contenía se borró. Si aún la necesita, pídala de nuevo. Borre las copias que haya recogido.
schedule-ended = 🗓 { $project }: la programación de exportaciones { $id } ha terminado, porque nombraba a una persona cuyos datos se borraron a petición suya. Si aún la necesita, cree una nueva que no la nombre.
account-reset = 🔑 { $project }: su cuenta en la consola se restableció. Quien tenga el nuevo enlace entra como usted. Si no lo pidió, avise de inmediato a quien administra esta instalación.
account-linked = 🔑 { $project }: una cuenta de la consola se vinculó a usted. Quien la active actúa como usted. Si no lo esperaba, avise de inmediato a quien administra esta instalación.

### Por qué se guarda una sesión, y sobre qué es una retención

decision-kept = Se guarda hasta el { $date }, por { $rule } (versión { $version } de la política).
decision-by-base = el plazo de base
decision-by-extension = una decisión de un supervisor
decision-by-rule = la regla { $rule }
decision-base = El plazo de base
decision-rule = La regla { $rule }
decision-pack-rule = La regla { $rule } (paquete { $pack })
decision-baseline = { $rule } guarda { $period } desde { $start }, es decir, hasta el { $date }.
decision-cap = { $rule } guarda como máximo { $period } desde { $start }, es decir, hasta el { $date }.
decision-minimum = { $rule } guarda como mínimo { $period } desde { $start }, es decir, hasta el { $date }.
decision-extended = Un supervisor la prolongó hasta el { $date }.
decision-from-closure = el cierre, el { $date }
decision-from-last-message = el último mensaje, el { $date }
decision-from-majority = la mayoría de edad, el { $date }
decision-from-event = el suceso { $event }, el { $date }
decision-from-event-latest = la fecha más tardía que puede tener { $event }, el { $date }
decision-because = Motivo: { $reason }.
decision-duty-legal = Es un deber legal.
decision-duty-contract = Es un deber contractual.
decision-source = Fuente: { $source }.
decision-decides = Esto decide.
decision-outweighed-legal = El mínimo legal de la regla { $rule } pesa más.
decision-outweighed = El mínimo de la regla { $rule } pesa más.
decision-stricter = Se aplica un plazo más estricto.
decision-spread = { $period } más: cada sesión tiene su propia hora fija dentro del día, para que no terminen todas a la vez.
target-session = la sesión { $id }
target-subject = todas las sesiones del sujeto { $id }
target-all = todas las sesiones
target-query = todas las sesiones: { $which }
target-tagged = con la etiqueta { $tag }
target-from = abiertas desde el { $date }
target-before = abiertas hasta el { $date }

### Por qué se rechazó algo, y qué hacer ahora

refused-not-found = Aquello de lo que se trata ya no está aquí. /info en el tema de la sesión muestra cómo está.
refused-not-allowed = No puede hacer esto aquí. Consulte a un administrador.
refused-phase-conflict = Tal como están las cosas, esto no se puede hacer. /info en el tema de la sesión muestra cómo está.
refused-already-decided = Alguien se adelantó: esto ya está decidido. No hay nada más que hacer.
refused-wrong-round = La revisión ya va por otra ronda. Decida en su ficha más reciente.
refused-held = Una retención interrumpió esta ronda de la revisión. Cuando se libere, empieza otra ronda con su propia ficha.
refused-deletion-began = El borrado ya empezó y no se puede detener.
refused-input-invalid = Escrito así no se entiende. Escriba / para ver un ejemplo de cada orden.
refused-key-destroyed = Los datos de este cliente están borrados: ya no se puede leer ni añadir nada.
refused-rows-changed = Algo cambió en el mismo momento, así que no se ha hecho nada. Inténtelo de nuevo.
refused-away = Algo que hace falta para esto no responde ahora, así que no se ha hecho nada. Inténtelo en unos minutos. Si sigue igual, avise a un operador.
refused-broken = Algo falla en esta instalación, así que no se ha hecho nada. Avise a un operador: el registro del servicio dice qué es.
refused-standing-open = Esta sesión está abierta.
refused-standing-closed = Esta sesión está cerrada.
refused-standing-archiving = Esta sesión está cerrada y se está archivando.
refused-standing-archived = Esta sesión está archivada.
refused-standing-review = Esta sesión está archivada y su borrado está en revisión.
refused-standing-restricted = La ley obliga a guardar esta sesión pese a una solicitud de borrado, solo para cumplimiento.
refused-standing-deleting = El borrado de esta sesión empezó el { $date } y no se puede detener.
refused-standing-deleted = Esta sesión está borrada.
refused-act-close = Solo se puede cerrar una sesión abierta.
refused-act-reopen = Solo se reabre una cerrada, y por poco tiempo; después, el próximo mensaje del cliente empieza otra.
refused-act-tag = Sus etiquetas quedan como están.
refused-act-hold = Ya no se puede retener.
refused-act-decide = Solo se decide sobre sesiones en revisión.
refused-act-answer = Su respuesta no se envió. El próximo mensaje del cliente empieza otra sesión con su propio tema.
refused-act-transfer = No se le puede asignar un responsable.
refused-act-silence = De ella ya no salen respuestas.
refused-act-note = Su nota no se guardó. Escríbala en una sesión más reciente de este cliente.
refused-act-take-back = La respuesta no se puede retirar.
refused-act-change = Queda como está.
refused-anonymous = Escribe como administrador anónimo: nadie puede saber quién fue y no se ha hecho nada. Desactive «Permanecer anónimo» en sus permisos de este grupo y envíelo de nuevo.
refused-not-on-staff = No está en la lista de quienes trabajan aquí. Pida a un administrador que le añada.
refused-needs-role = No está en la lista para esto. Es para { $roles }; usted figura entre { $have }. Consulte a un administrador.
refused-unknown-command = No existe esa orden. Órdenes de aquí: { $commands }
refused-session-unknown = Aquí no existe esa sesión. Puede que esté borrada: búsquela en la consola.
refused-button-unknown = Este botón ya no lleva a ninguna parte. /info muestra la ficha de nuevo.
refused-several-people = Aquí participan varias personas: envíe la orden como respuesta a un mensaje de la que quiere indicar.
refused-note-empty = Una nota necesita palabras. Ejemplo: /note llamará el lunes
refused-note-about-whom = Aquí participan varias personas: escriba la nota como respuesta a un mensaje de la persona a la que se refiere.
refused-not-an-answer = Responda con /delete a la respuesta que quiere retirar. Lo que escribieron los clientes, las notas y lo archivado se quedan.
refused-not-a-tag = Eso no es una etiqueta. Es una palabra de letras minúsculas de la a a la z, cifras, - y _, que empieza por letra. Ejemplo: /tag refund
refused-tag-keeps-no-longer = Esta etiqueta no guarda más tiempo la sesión. Elija otra, guárdela 30 días más o reténgala.
refused-no-tag-keeps-longer = Ninguna etiqueta de la política guardaría más tiempo esta sesión. Guárdela 30 días más o reténgala.
refused-hold-without-reason = Una retención necesita un motivo. Ejemplo: /hold reclamación 4711
refused-nothing-held = Nada retiene esta sesión, así que no hay nada que liberar.
refused-wider-hold = Esta sesión no tiene retención propia: la retención { $hold } afecta a varias sesiones. Libérela en la consola, en Holds.
refused-waits-already = Esto ya espera a una segunda persona. Lo aprueba en su ficha de Telegram o en la consola.
refused-audit-word = El motivo va al registro de auditoría, que no admite texto libre. Dé una palabra o un número de caso, como TICKET-4711, y escriba el resto con /note.
refused-banned-already = Este cliente ya está bloqueado. /unban lo levanta.
refused-not-banned = Este cliente no está bloqueado: se acepta lo que escribe. /ban lo bloquea.
refused-no-own-customer = Aquí participan varias personas y no está claro quién es. Corríjalo en la consola, en la página de ese cliente.
refused-not-a-jurisdiction = Ese lugar no se conoce aquí. Elija uno de: { $known }. Ejemplo: /jurisdiction EU
refused-not-answering = Este colega no responde a clientes aquí. /transfer a secas muestra a todos los que sí.
refused-nobody-answers = Nadie del personal de este proyecto responde aún a clientes. Pida a un administrador que añada a alguien.
refused-colleague-unknown = Nadie que responda a clientes aquí se conoce con ese nombre. /transfer a secas muestra a todos como botones; /transfer me le asigna la sesión a usted.
refused-request-unknown = Aquí no existe esa petición. Las abiertas están en la consola, en Second person.
refused-request-decided = Esta petición ya está decidida. { $how }
refused-asked-yourself = Lo pidió usted mismo, o un token suyo: debe aprobarlo una segunda persona. Puede retirarlo con Rechazar.
refused-approved-yourself = Usted ya aprobó este borrado: debe aprobarlo también una segunda persona.
refused-policy-outdated = Desde que se pidió esto rige otra política. Rechace la petición; quien la hizo prepara el cambio de nuevo.
refused-nothing-waits = Nada espera una decisión.
refused-nothing-else-waits = Nada más espera una decisión.
refused-nothing-by-rule = Ya no espera nada por esta regla. Vuelva al resumen.
refused-summary-unknown = Este resumen es demasiado antiguo y no se aprobó nada. Vuelva al resumen diario para obtener otro.
refused-not-paused = Los borrados no están en pausa: no hay nada que reanudar.
