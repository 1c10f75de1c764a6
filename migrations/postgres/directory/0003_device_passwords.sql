-- Passwords for devices that cannot type a code: shown once, revoked one by one.

CREATE TABLE device_passwords (
    id UUID NOT NULL PRIMARY KEY,
    hash BYTEA NOT NULL CONSTRAINT "device_passwords.hash" UNIQUE, -- SHA-256: 130 random bits need no slow one
    company_id UUID NOT NULL REFERENCES companies (id) ON DELETE CASCADE, -- whose database to open
    user_id UUID NOT NULL,                 -- as whom
    label TEXT NOT NULL,                   -- what its owner calls the device
    created_at BIGINT NOT NULL
);
CREATE INDEX device_passwords_user ON device_passwords (user_id, created_at);
CREATE INDEX device_passwords_company ON device_passwords (company_id);
