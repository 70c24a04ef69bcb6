"""What people write: sentences put together from themes, places, times and moods, with the habits of real reports.

Some are short, some rude, some English; some carry what must be masked (a telephone number, a name, an address); many
repeat each other. Every name is invented.
"""

import random
import re

from tanggap.demo.themes import Theme

STREETS = (
    "Kenanga", "Melati", "Cempaka", "Anggrek", "Flamboyan", "Bougenville", "Dahlia", "Teratai", "Seruni",
    "Kamboja",
    "Haji Mursid", "Haji Saiman", "Haji Tohir", "Swadaya", "Gotong Royong", "Masjid Al Barkah", "Pesantren",
    "Kebon Nanas",
    "Sumur Dalam", "Tanah Rendah", "Lapangan Bola", "Rawa Indah", "Pancawarga", "Bahagia", "Damai",
    "Makmur", "Sawo",
    "Mangga", "Jambu Air", "Belimbing", "Rambutan Dalam", "Nusa Indah", "Cendana", "Mahoni", "Sengon",
    "Waru", "Ketapang",
    "Kakaktua", "Merpati", "Kepodang", "Cucakrawa", "Bangau", "Sempurna", "Pintu Air Lama", "Kali Baru Dalam",
)  # fmt: skip
KINDS = ("Jalan {0}", "Jl. {0}", "Jl {0} Raya", "Gang {0}", "Jalan {0} {1}", "Jl. {0} {1}", "Gg. {0} {1}")
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "IX")
MARKS = (
    "depan minimarket", "dekat masjid Al Ikhlas", "depan SD Negeri", "seberang puskesmas",
    "dekat pos RW {n}", "depan ruko",
    "samping warung kopi", "dekat pertigaan", "sebelum jembatan", "depan gang masuk RT {n}",
    "dekat lapangan", "depan kantor pos",
    "di belakang pasar", "dekat halte", "dekat bengkel motor", "depan taman bermain", "samping apotek",
    "di tikungan",
    "dekat tiang nomor {n}", "depan klinik", "dekat pangkalan ojek", "seberang toko bangunan",
)  # fmt: skip
WHEN = (
    "kemarin",
    "tadi pagi",
    "semalam",
    "tadi siang",
    "minggu lalu",
    "dua hari lalu",
    "malam Sabtu kemarin",
)  # fmt: skip
LONG = (
    "tiga hari",
    "sudah seminggu",
    "dua minggu",
    "sejak Senin",
    "hampir sebulan",
    "sejak kemarin",
    "lima hari",
    "sejak awal bulan",
)  # fmt: skip
PLEASE = (
    "Mohon segera ditindaklanjuti.", "Mohon dicek ya, terima kasih.", "Tolong segera ditangani.",
    "Terima kasih.",
    "Mohon bantuannya Pak/Bu.", "Segera tindak lanjuti masalah.",
    "Butuh segera ditindaklanjuti karena membahayakan.",
    "Mohon TL-nya.", "Semoga cepat diperbaiki.", "Jangan tunggu ada korban.",
    "Tolong jangan cuma difoto lalu selesai.",
    "Sudah pernah lapor, statusnya selesai padahal belum.", "Ini laporan kedua saya.", "Mohon atensinya.",
    "", "", "", "",
)  # fmt: skip
PLEASE_ENGLISH = (
    "Please fix it soon.",
    "Follow up on this issue, please.",
    "Thank you.",
    "Someone will get hurt here.",
)
MOODS = (
    "Selamat pagi.",
    "Selamat siang min.",
    "Assalamualaikum.",
    "Yth. Bapak/Ibu petugas.",
    "Min,",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
)
SLANG = {
    "tidak": "gak", "yang": "yg", "sudah": "udah", "dengan": "dgn", "karena": "krn", "jalan": "jln",
    "sekali": "bgt",
    "belum": "blm", "untuk": "utk", "mohon": "mhn", "Mohon": "Mhn", "terima kasih": "makasih",
}  # fmt: skip
FIRST = (
    "Ratna", "Bambang", "Wulan", "Yusuf", "Sri", "Hendra", "Lestari", "Fajar", "Indah", "Rizky", "Maya",
    "Teguh", "Nurul",
    "Agung", "Putri", "Samsul", "Dian", "Wahyu", "Ayu", "Rahmat", "Fitri", "Galih", "Siti", "Arif", "Yanti",
    "Doni",
)  # fmt: skip
LAST = (
    "Saputra", "Handayani", "Kusuma", "Maulana", "Rahayu", "Prasetyo", "Wibowo", "Lubis", "Simanjuntak",
    "Hidayat",
    "Permata", "Nugroho", "Siregar", "Utami", "Firmansyah", "Anggraini", "Setiawan", "Marpaung", "Halim",
    "Suryani",
)  # fmt: skip

ASKS = (
    "Boleh kami tahu titik persisnya? Patokan terdekat akan sangat membantu.",
    "Apakah keadaannya masih sama hari ini? Petugas kami belum menemukannya.",
    "Mohon dijelaskan sisi mana yang dimaksud, kiri atau kanan dari arah datang.",
    "Jam berapa biasanya terjadi? Supaya petugas datang pada waktu yang tepat.",
)
ANSWERS = (
    "Persis di depan pagar hijau, sebelah kanan dari arah masjid.",
    "Masih, tadi pagi saya lewat dan belum berubah.",
    "Di sisi kiri. Kalau perlu telepon saya {phone}.",
    "Biasanya setelah magrib sampai jam sepuluh malam.",
)
TELLS = (
    "Laporan Anda sudah kami survei. Bahan sedang disiapkan.",
    "Terima kasih. Pekerjaan dijadwalkan besok pagi, mohon kendaraan tidak diparkir di titik itu.",
    "Petugas sudah ke lokasi, perlu alat tambahan. Kami kabari lagi.",
)
NOTES = (
    "Sudah dicek lapangan, mohon ditindaklanjuti.",
    "Mohon tindak lanjut sesuai kewenangan.",
    "Berdasarkan survei pagi ini.",
    "",
)
WHY_MOVED = (
    "Lahan milik instansi lain, sudah dicek peta aset.", "Penertiban bukan tugas kami, mohon dipindahkan.",
    "Salah alamat sejak awal, mohon dipindahkan ke instansi yang berwenang.",
)  # fmt: skip
WHY_BACK = (
    "Foto belum memperlihatkan titik yang dilaporkan.", "Pekerjaan tampak baru sebagian, mohon dituntaskan.",
    "Keterangan belum menjawab keluhan warga.",
)  # fmt: skip
APPEALS = (
    "Sudah dua kali ditutup tetapi keadaannya sama. Mohon ada yang memeriksa langsung di lokasi.",
    "Saya tidak setuju dengan jawaban ini, masalahnya jelas terlihat setiap sore.",
)  # fmt: skip


class Voice:
    """Draws words from one source of chance, so that the same seed says the same."""

    def __init__(self, rng: random.Random):
        self.rng = rng

    def street(self) -> str:
        return self.rng.choice(KINDS).format(self.rng.choice(STREETS), self.rng.choice(ROMAN))

    def mark(self) -> str:
        return self.rng.choice(MARKS).format(n=f"{self.rng.randint(1, 14):02d}")

    def phone(self) -> str:
        """A number that looks like one and is nobody's."""
        return f"0812-0000-{self.rng.randint(0, 9999):04d}"

    def name(self) -> str:
        return f"{self.rng.choice(FIRST)} {self.rng.choice(LAST)}"

    def filled(self, sentence: str, street: str, mark: str) -> str:
        return sentence.format(
            street=street,
            mark=mark,
            when=self.rng.choice(WHEN),
            long=self.rng.choice(LONG),
            phone=self.phone(),
        )

    def report(self, theme: Theme, street: str, mark: str) -> tuple[str, str]:
        """(words, language) of one report."""
        if theme.english and self.rng.random() < 0.05:
            return (
                f"{self.filled(self.rng.choice(theme.english), street, mark)} {self.rng.choice(PLEASE_ENGLISH)}",
                "en",
            )
        parts = [self.rng.choice(MOODS), self.filled(self.rng.choice(theme.says), street, mark)]
        wanted = min(self.rng.choices((0, 1, 2, 3), (22, 46, 24, 8))[0], len(theme.more))
        parts += [self.filled(more, street, mark) for more in self.rng.sample(theme.more, wanted)]
        parts += [self.rng.choice(PLEASE), self.own_data(street)]
        return self.typed(" ".join(part for part in parts if part)), "id"

    def own_data(self, street: str) -> str:
        """What people write of themselves although nobody asked: it must not get through to anybody."""
        chance = self.rng.random()
        if chance < 0.035:
            return f"Bisa hubungi saya di {self.phone()}."
        if chance < 0.050:
            return f"Nama saya {self.name()}."
        if chance < 0.060:
            return f"Rumah saya di {street} nomor {self.rng.randint(1, 90)}."
        return ""

    def typed(self, words: str) -> str:
        """Thumbs: some write short forms, some shout, some forget signs."""
        habit = self.rng.random()
        if habit < 0.20:
            for long, short in SLANG.items():
                if self.rng.random() < 0.6:
                    words = re.sub(rf"\b{long}\b", short, words)
        elif habit < 0.24:
            words = words.upper()
        elif habit < 0.34:
            words = words.replace(".", "").replace(",", "").lower()
        return words

    def again(self, words: str) -> str:
        """The same problem in almost the same words: somebody else's, or the same person's second try."""
        ways = (
            lambda: f"{words} Sudah saya laporkan juga lewat kanal lain.",
            lambda: words.split(". ")[0] + ". Masih belum ada tindakan.",
            lambda: f"Sama seperti laporan tetangga: {words[:1].lower()}{words[1:]}",
            lambda: words,
        )
        return self.rng.choice(ways)()

    def pick(self, choices: tuple[str, ...]) -> str:
        return self.rng.choice(choices).format(phone=self.phone())
