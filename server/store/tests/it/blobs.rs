use crate::world::id;
use crm::Error;
use crm::ports::Blobs;
use model::CompanyId;
use store::LocalBlobs;

#[tokio::test]
async fn blobs_are_read_back_in_part_and_a_company_takes_its_own_along() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = LocalBlobs::new(folder.path()).unwrap();
    let (alice, bob) = (id::<CompanyId>(1), id::<CompanyId>(2));
    blobs.put(alice, "0198.pack", "0123456789".into()).await.unwrap();
    blobs.put(alice, "0198.pack", "0123456789".into()).await.unwrap();
    blobs.put(bob, "0198.pack", "bob's".into()).await.unwrap();
    assert_eq!(blobs.read(alice, "0198.pack", 3, 4).await.unwrap(), "3456");

    // A name is a name, never a way out.
    blobs.put(alice, "../../stray", "x".into()).await.unwrap();
    assert!(!folder.path().join("stray").exists());

    blobs.put(alice, "0199.pack", "gone".into()).await.unwrap();
    blobs.remove(alice, "0199.pack").await.unwrap();
    blobs.remove(alice, "0199.pack").await.unwrap();
    assert!(matches!(blobs.read(alice, "0199.pack", 0, 1).await, Err(Error::NotFound)));
    assert_eq!(blobs.read(alice, "0198.pack", 0, 1).await.unwrap(), "0", "its neighbour stays");

    blobs.remove_company(alice).await.unwrap();
    blobs.remove_company(alice).await.unwrap();
    assert!(matches!(blobs.read(alice, "0198.pack", 0, 1).await, Err(Error::NotFound)));
    assert_eq!(blobs.read(bob, "0198.pack", 0, 5).await.unwrap(), "bob's");
}
